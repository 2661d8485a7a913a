/* Comparisons, branches and memory within the cache. */
#include "kernel.h"

enum { COUNT = 200000 };
static u32 numbers[COUNT];

KERNEL {
  u32 next = 12345;
  for (int at = 0; at < COUNT; at++) {
    next = next * 1664525u + 1013904223u;
    numbers[at] = next;
  }
  for (int gap = COUNT / 2; gap > 0; gap /= 2) {
    for (int at = gap; at < COUNT; at++) {
      u32 number = numbers[at];
      int place = at;
      for (; place >= gap && numbers[place - gap] > number; place -= gap) {
        numbers[place] = numbers[place - gap];
      }
      numbers[place] = number;
    }
  }
  sink = numbers[COUNT / 2];
}
