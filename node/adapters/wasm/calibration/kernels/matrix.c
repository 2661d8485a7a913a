/* Floating point over rows and columns. */
#include "kernel.h"

enum { SIZE = 160, TIMES = 4 };
static double left[SIZE][SIZE], right[SIZE][SIZE], product[SIZE][SIZE];

KERNEL {
  for (int row = 0; row < SIZE; row++) {
    for (int column = 0; column < SIZE; column++) {
      left[row][column] = row * 0.25 + column;
      right[row][column] = row - column * 0.5;
    }
  }
  for (int time = 0; time < TIMES; time++) {
    for (int row = 0; row < SIZE; row++) {
      for (int column = 0; column < SIZE; column++) {
        double sum = 0;
        for (int at = 0; at < SIZE; at++) sum += left[row][at] * right[at][column];
        product[row][column] = sum * 0.0001;
      }
    }
    left[time][time] = product[SIZE - 1][SIZE - 1];
  }
  sink = (u64)product[7][9];
}
