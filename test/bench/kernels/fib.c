#include "kernel.h"
__attribute__((noinline)) static u32 fib(u32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

// The recursive definition, `size` times.
u32 run(u32 size) {
  u32 sum = 0;
  for (u32 i = 0; i < size; i++) sum += fib(20 + (i & 1));
  return sum;
}
