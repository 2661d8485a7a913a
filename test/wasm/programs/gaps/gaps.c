/* What the C library of WASI leaves out and these programs link against: a task has no shell and no temporary files. */
#include <stdio.h>
#include <stdlib.h>

int system(const char *command) {
  (void)command;
  return 0;
}

char *tmpnam(char *name) {
  (void)name;
  return NULL;
}

FILE *tmpfile(void) {
  return NULL;
}
