#include "kernel.h"
enum { PUSH, ADD, SUB, MUL, XOR, LOAD, STORE, JUMP_UNLESS, JUMP, LESS, SHIFT, HALT };
// for (i = 0; i < end; i++) { x = (x * 3 + i) ^ (x >> 5); if (x < i) y += x; }
static const u32 program[] = {
    PUSH, 0,    STORE, 0,    LOAD, 0,  LOAD, 3,  LESS, 0, JUMP_UNLESS, 66, LOAD, 1, PUSH, 3,
    MUL,  0,    LOAD,  0,    ADD,  0,  LOAD, 1,  PUSH, 5, SHIFT,       0,  XOR,  0, STORE, 1,
    LOAD, 1,    LOAD,  0,    LESS, 0,  JUMP_UNLESS, 52,   LOAD, 2, LOAD, 1, ADD, 0, STORE, 2,
    PUSH, 0,    STORE, 4,    PUSH, 1,  LOAD, 0,  ADD,  0, STORE,       0,  JUMP, 4, HALT,  0,
    HALT, 0,    HALT,  0};

static u32 interpret(u32 end) {
  u32 stack[32], variables[8] = {0, 1, 0, end}, top = 0, at = 0;
  for (;;) {
    u32 operand = program[at + 1];
    switch (program[(at += 2) - 2]) {
      case PUSH: stack[top++ & 31] = operand; break;
      case LOAD: stack[top++ & 31] = variables[operand]; break;
      case STORE: variables[operand] = stack[--top & 31]; break;
      case ADD: top--, stack[(top - 1) & 31] += stack[top & 31]; break;
      case SUB: top--, stack[(top - 1) & 31] -= stack[top & 31]; break;
      case MUL: top--, stack[(top - 1) & 31] *= stack[top & 31]; break;
      case XOR: top--, stack[(top - 1) & 31] ^= stack[top & 31]; break;
      case SHIFT: top--, stack[(top - 1) & 31] >>= stack[top & 31] & 31; break;
      case LESS: top--, stack[(top - 1) & 31] = stack[(top - 1) & 31] < stack[top & 31]; break;
      case JUMP_UNLESS: if (!stack[--top & 31]) at = operand; break;
      case JUMP: at = operand; break;
      default: return variables[1] ^ variables[2];
    }
  }
}

// A program for a small stack machine, `size` times ten thousand turns.
u32 run(u32 size) { return interpret(size * 10000); }
