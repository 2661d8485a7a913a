/* Calls that nest. */
#include "kernel.h"

static __attribute__((noinline)) u32 tree(u32 depth) {
  return depth < 2 ? depth : tree(depth - 1) + tree(depth - 2);
}

KERNEL { sink = tree(30); }
