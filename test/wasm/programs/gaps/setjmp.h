/* wasi-libc has no long jumps: what needs one ends in a trap instead. */
typedef int jmp_buf;
