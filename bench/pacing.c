/* The same waiting loop in C: sleep until 0.5 ms before the release, then watch the clock.
 * Usage: pacing PERIOD_US TICKS   (prints the release error in ns, one per line) */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  prctl(PR_SET_TIMERSLACK, 1);
  int64_t period = atoll(argv[1]) * 1000, ticks = atoll(argv[2]);
  int64_t *errors = calloc((size_t)ticks, 8);
  int64_t due = now() + 10000000;
  for (int64_t k = 0; k < ticks; k++, due += period) {
    int64_t sleep = due - 500000;
    struct timespec t = {sleep / 1000000000LL, sleep % 1000000000LL};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0);
    int64_t seen;
    do seen = now(); while (seen < due);
    errors[k] = seen - due;
  }
  for (int64_t k = 0; k < ticks; k++) printf("%lld\n", (long long)errors[k]);
  return 0;
}
