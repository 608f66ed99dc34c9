// A double of libnvidia-ml: one GPU with known values, to test that they are read from the right places.
#include <cstdint>
#include <cstdio>
#include <cstring>
extern "C" {
struct Rates { unsigned gpu, memory; };
struct Memory { unsigned long long total, free, used; };
struct Process { unsigned pid; unsigned long long used; unsigned gi, ci; };
static int device;
static int own(void* d) { return d == &device ? 0 : 2; }
int nvmlInit_v2() { return 0; }
int nvmlShutdown() { return 0; }
int nvmlSystemGetDriverVersion(char* s, unsigned n) { snprintf(s, n, "580.1"); return 0; }
int nvmlDeviceGetCount_v2(unsigned* n) { *n = 1; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void** d) { *d = &device; return i == 0 ? 0 : 2; }
int nvmlDeviceGetName(void* d, char* s, unsigned n) { snprintf(s, n, "Double GPU"); return own(d); }
int nvmlDeviceGetUtilizationRates(void* d, Rates* r) { *r = {37, 12}; return own(d); }
int nvmlDeviceGetMemoryInfo(void* d, Memory* m) { *m = {8ull << 30, 6ull << 30, 2ull << 30}; return own(d); }
int nvmlDeviceGetTemperature(void* d, int sensor, unsigned* t) { *t = 51; return sensor == 0 ? own(d) : 2; }
int nvmlDeviceGetPowerUsage(void* d, unsigned* mw) { *mw = 72500; return own(d); }
int nvmlDeviceGetTotalEnergyConsumption(void* d, unsigned long long* mj) { *mj = 5000000000ull; return own(d); }
int nvmlDeviceGetClockInfo(void* d, int type, unsigned* mhz) { *mhz = type == 1 ? 1980 : 2619; return own(d); }
int nvmlDeviceGetMaxClockInfo(void* d, int type, unsigned* mhz) { *mhz = type == 1 ? 2100 : 0; return own(d); }
int nvmlDeviceGetCurrentClocksThrottleReasons(void* d, unsigned long long* mask) { *mask = 0x24; return own(d); }
int nvmlDeviceGetPcieThroughput(void* d, int counter, unsigned* kb) { *kb = counter == 1 ? 1000 : 500; return own(d); }
int nvmlDeviceGetTotalEccErrors(void* d, int type, int, unsigned long long* n) { *n = type == 1 ? 3 : 7; return own(d); }
int nvmlDeviceGetEncoderUtilization(void*, unsigned*, unsigned*) { return 3; }
int nvmlDeviceGetDecoderUtilization(void* d, unsigned* p, unsigned* period) { *p = 9; *period = 1000; return own(d); }
int nvmlDeviceGetMigMode(void* d, unsigned* now, unsigned* next) { *now = 1; *next = 1; return own(d); }
int nvmlDeviceGetComputeRunningProcesses_v3(void* d, unsigned* n, Process* p) {
  if (*n < 2) { *n = 2; return 7; }
  p[0] = {11, 100, 0, 0}; p[1] = {4242, 123456789, 0, 0}; *n = 2; return own(d);
}
int nvmlDeviceGetMPSComputeRunningProcesses_v3(void*, unsigned* n, Process*) { *n = 2; return 7; }
}
