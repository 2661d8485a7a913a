/* Work of one kind, the same on every machine; `sink` keeps the compiler from leaving it out. */
typedef unsigned int u32;
typedef unsigned long long u64;
volatile u64 sink;
#define KERNEL __attribute__((export_name("_start"))) void start(void)
