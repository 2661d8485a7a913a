#include "kernel.h"
enum { LIMIT = 200000 };
static u8 composite[LIMIT];

// Counts primes, `size` times over.
u32 run(u32 size) {
  u32 count = 0;
  for (u32 turn = 0; turn < size; turn++) {
    for (u32 i = 0; i < LIMIT; i++) composite[i] = 0;
    for (u32 i = 2; i < LIMIT; i++) {
      if (composite[i]) continue;
      count++;
      for (u32 j = i + i; j < LIMIT; j += i) composite[j] = 1;
    }
  }
  return count;
}
