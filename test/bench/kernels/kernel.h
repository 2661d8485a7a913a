// Every kernel is `run`: so much work, and a number that depends on all of it.
#define EXPORT(name) __attribute__((export_name(name)))
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
u32 run(u32 size);
#ifdef __wasm__
EXPORT("_start") void start(void) { run(1); }
EXPORT("run") u32 exported_run(u32 size) { return run(size); }
#endif
