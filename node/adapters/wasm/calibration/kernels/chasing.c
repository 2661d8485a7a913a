/* Reads that depend on one another, all over 16 MiB: what waits for memory. */
#include "kernel.h"

enum { COUNT = 1 << 22 };
static u32 next[COUNT];

KERNEL {
  /* One cycle through all places in an order that no cache foresees. */
  for (u32 at = 0; at < COUNT; at++) next[at] = (at * 1664525u + 1013904223u) & (COUNT - 1);
  u32 at = 0;
  for (u32 step = 0; step < 1000000; step++) at = next[at];
  sink = at;
}
