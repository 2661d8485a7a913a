#include "kernel.h"
enum { BODIES = 5 };
static double x[BODIES][3], v[BODIES][3], mass[BODIES];

static void advance(double step) {
  for (int i = 0; i < BODIES; i++)
    for (int j = i + 1; j < BODIES; j++) {
      double d[3], square = 0;
      for (int n = 0; n < 3; n++) d[n] = x[i][n] - x[j][n], square += d[n] * d[n];
      double pull = step / (square * __builtin_sqrt(square));
      for (int n = 0; n < 3; n++) {
        v[i][n] -= d[n] * mass[j] * pull;
        v[j][n] += d[n] * mass[i] * pull;
      }
    }
  for (int i = 0; i < BODIES; i++)
    for (int n = 0; n < 3; n++) x[i][n] += step * v[i][n];
}

// Planets, `size` times a thousand steps.
u32 run(u32 size) {
  for (int i = 0; i < BODIES; i++) {
    mass[i] = i == 0 ? 39.5 : 0.001 * i;
    for (int n = 0; n < 3; n++) x[i][n] = i * (n + 1.5), v[i][n] = i == 0 ? 0 : (n - 1) * 0.7 / i;
  }
  for (u32 turn = 0; turn < size * 1000; turn++) advance(0.001);
  double sum = 0;
  for (int i = 0; i < BODIES; i++)
    for (int n = 0; n < 3; n++) sum += x[i][n];
  return (u32)(sum * 1e6);
}
