/* Bare loop over ONNX Runtime's C API, for comparison: inputs and outputs bound once, one thread.
 * Usage: ortloop LIBRARY MODEL SECONDS   (float32 inputs with fixed shapes; prints service times in ns, one per line)
 * Places in the table of functions as in onnxruntime_c_api.h, which is append-only. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef void *P;
static P *api;
#define CALL(place, ...) do { P s = ((P(*)())api[place])(__VA_ARGS__); if (s) { fprintf(stderr, "%s\n", ((const char *(*)(P))api[2])(s)); exit(1); } } while (0)

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  P library = dlopen(argv[1], RTLD_NOW);
  if (!library) { fprintf(stderr, "%s\n", dlerror()); return 1; }
  P *base = ((P *(*)(void))dlsym(library, "OrtGetApiBase"))();
  const char *version = ((const char *(*)(void))base[1])();
  api = ((P * (*)(uint32_t)) base[0])((uint32_t)atoi(strchr(version, '.') + 1));
  P env, options, session, allocator, memory;
  CALL(3, 3, "loop", &env);
  CALL(10, &options);
  CALL(24, options, 1);
  CALL(25, options, 1);
  CALL(23, options, 0);
  CALL(7, env, argv[2], options, &session);
  CALL(78, &allocator);
  CALL(69, 1, 0, &memory);
  size_t inputs, outputs;
  CALL(30, session, &inputs);
  CALL(31, session, &outputs);
  char *in_names[8], *out_names[8];
  P in[8], out[8] = {0};
  for (size_t i = 0; i < inputs; i++) {
    CALL(36, session, i, allocator, &in_names[i]);
    P info, tensor;
    CALL(33, session, i, &info);
    CALL(55, info, &tensor);
    size_t rank;
    CALL(61, tensor, &rank);
    int64_t shape[8];
    CALL(62, tensor, shape, rank);
    size_t count = 1;
    for (size_t d = 0; d < rank; d++) count *= (size_t)shape[d];
    float *data = malloc(count * 4);
    for (size_t k = 0; k < count; k++) data[k] = (float)((k * 7919) % 1000) / 1000.0f;
    CALL(49, memory, data, count * 4, shape, rank, 1, &in[i]);
  }
  for (size_t i = 0; i < outputs; i++) CALL(37, session, i, allocator, &out_names[i]);
  const char **in_list = (const char **)in_names, **out_list = (const char **)out_names;
  size_t capacity = 8000000, n = 0;
  int64_t *times = malloc(capacity * 8);
  memset(times, 1, capacity * 8);
  int64_t begin = now(), end = begin + (int64_t)(atof(argv[3]) * 1e9);
  while (n < capacity) {
    int64_t t0 = now();
    CALL(9, session, (P)0, in_list, in, inputs, out_list, outputs, out);
    int64_t t1 = now();
    times[n++] = t1 - t0;
    if (t1 > end) break;
  }
  for (size_t i = 0; i < n; i++) printf("%lld\n", (long long)times[i]);
  return 0;
}
