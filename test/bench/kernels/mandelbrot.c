#include "kernel.h"
static u32 depth(double cr, double ci) {
  double zr = 0, zi = 0;
  for (u32 n = 0; n < 200; n++) {
    double rr = zr * zr, ii = zi * zi;
    if (rr + ii > 4) return n;
    zi = 2 * zr * zi + ci;
    zr = rr - ii + cr;
  }
  return 200;
}

// Points of the plane, 64 rows of `size` times 16.
u32 run(u32 size) {
  u32 sum = 0, width = size * 16;
  for (u32 y = 0; y < 64; y++)
    for (u32 x = 0; x < width; x++) sum += depth(3.0 * x / width - 2, y / 32.0 - 1);
  return sum;
}
