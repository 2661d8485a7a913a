/* Shifts, sums and products in registers, as in hashing. */
#include "kernel.h"

KERNEL {
  u64 a = 1, b = 2, c = 3;
  for (u32 round = 0; round < 16000000; round++) {
    a = (a ^ (b >> 7)) * 0x9e3779b97f4a7c15ull;
    b = (b << 13 | b >> 51) + a;
    c ^= b + (a >> 31);
  }
  sink = a ^ b ^ c;
}
