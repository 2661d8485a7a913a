#include "kernel.h"
enum { N = 96 };
static double a[N][N], b[N][N], c[N][N];

// Multiplies two matrices `size` times, feeding the product back.
u32 run(u32 size) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) a[i][j] = (i * 7 + j) % 13 / 13.0, b[i][j] = (i + j * 5) % 11 / 600.0;
  for (u32 turn = 0; turn < size; turn++) {
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++) {
        double sum = 0;
        for (int n = 0; n < N; n++) sum += a[i][n] * b[n][j];
        c[i][j] = sum;
      }
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++) a[i][j] = c[i][j];
  }
  double sum = 0;
  for (int i = 0; i < N; i++) sum += c[i][i];
  return (u32)(sum * 1e6);
}
