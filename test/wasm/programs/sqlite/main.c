/* Runs the SQL on standard input against the database file named first; a row a line, values between bars. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sqlite3.h"

sqlite3_vfs *sqlite3_demovfs(void);

int sqlite3_os_init(void) {
  return sqlite3_vfs_register(sqlite3_demovfs(), 1);
}

int sqlite3_os_end(void) {
  return SQLITE_OK;
}

static char *read_all(FILE *from) {
  size_t size = 0, room = 1 << 16;
  char *text = malloc(room);
  while (text) {
    size += fread(text + size, 1, room - size - 1, from);
    if (size < room - 1) break;
    room *= 2;
    text = realloc(text, room);
  }
  if (text) text[size] = 0;
  return text;
}

static int show_row(void *unused, int columns, char **values, char **names) {
  (void)unused;
  (void)names;
  for (int at = 0; at < columns; at++) {
    printf("%s%s", at == 0 ? "" : "|", values[at] ? values[at] : "");
  }
  printf("\n");
  return 0;
}

int main(int count, char **arguments) {
  sqlite3 *database = NULL;
  char *problem = NULL;
  char *sql = read_all(stdin);
  if (count < 2 || !sql) return 2;
  if (sqlite3_open(arguments[1], &database) != SQLITE_OK ||
      sqlite3_exec(database, sql, show_row, NULL, &problem) != SQLITE_OK) {
    fprintf(stderr, "%s\n", problem ? problem : sqlite3_errmsg(database));
    return 1;
  }
  sqlite3_close(database);
  free(sql);
  return 0;
}
