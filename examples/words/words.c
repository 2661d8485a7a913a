/* C. Counts the words of a text on standard input and writes the most frequent ones, a line each: count, tab, word.
   Argument: how many lines (default 10). Ends with 1 where the text has no words. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORDS = 100000, MAX_LETTERS = 63 };

struct word {
  char letters[MAX_LETTERS + 1];
  int count;
};

static struct word *words;
static int known;

static int by_letters(const void *one, const void *other) {
  return strcmp(((const struct word *)one)->letters, ((const struct word *)other)->letters);
}

/* Words of equal count by alphabet: qsort promises no order among equals. */
static int by_count(const void *one, const void *other) {
  int difference = ((const struct word *)other)->count - ((const struct word *)one)->count;
  return difference != 0 ? difference : by_letters(one, other);
}

/* The same word side by side becomes one with a count. */
static void merge(void) {
  int kept = 0;
  qsort(words, known, sizeof *words, by_letters);
  for (int at = 0; at < known; at++) {
    if (kept > 0 && by_letters(&words[kept - 1], &words[at]) == 0) words[kept - 1].count += words[at].count;
    else words[kept++] = words[at];
  }
  known = kept;
}

static void add(const char *letters) {
  if (known == MAX_WORDS) merge();
  if (known == MAX_WORDS) exit(2);
  strcpy(words[known].letters, letters);
  words[known++].count = 1;
}

int main(int argc, char **argv) {
  char letters[MAX_LETTERS + 1];
  int length = 0, wanted = argc > 1 ? atoi(argv[1]) : 10, next;
  words = malloc(MAX_WORDS * sizeof *words);
  if (!words) return 2;
  do {
    next = getchar();
    if (next < 128 && isalpha(next)) {
      if (length < MAX_LETTERS) letters[length++] = (char)tolower(next);
    } else if (length > 0) {
      letters[length] = 0;
      add(letters);
      length = 0;
    }
  } while (next != EOF);
  merge();
  qsort(words, known, sizeof *words, by_count);
  for (int at = 0; at < known && at < wanted; at++) printf("%d\t%s\n", words[at].count, words[at].letters);
  return known == 0 ? 1 : 0;
}
