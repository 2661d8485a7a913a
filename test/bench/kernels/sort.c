#include "kernel.h"
enum { COUNT = 20000 };
static u32 values[COUNT];
typedef int (*Order)(u32, u32);
static int rising(u32 a, u32 b) { return a < b ? -1 : a > b; }
static int falling(u32 a, u32 b) { return a < b ? 1 : -(a > b); }
static Order orders[] = {rising, falling};

static void sort(u32 *from, u32 *to, Order order) {
  while (to - from > 12) {
    u32 pivot = from[(to - from) / 2], *low = from, *high = to - 1;
    while (low <= high) {
      while (order(*low, pivot) < 0) low++;
      while (order(*high, pivot) > 0) high--;
      if (low > high) break;
      u32 kept = *low;
      *low++ = *high;
      *high-- = kept;
    }
    sort(from, high + 1, order);
    from = low;
  }
  for (u32 *at = from + 1; at < to; at++) {
    u32 kept = *at, *gap = at;
    for (; gap > from && order(gap[-1], kept) > 0; gap--) *gap = gap[-1];
    *gap = kept;
  }
}

// Sorts random numbers, up and down in turn, by an order that is only known at run time.
u32 run(u32 size) {
  u32 seed = 1, sum = 0;
  for (u32 turn = 0; turn < size; turn++) {
    for (int i = 0; i < COUNT; i++) values[i] = seed = seed * 1664525 + 1013904223;
    sort(values, values + COUNT, orders[turn & 1]);
    sum = sum * 31 + values[turn % COUNT];
  }
  return sum;
}
