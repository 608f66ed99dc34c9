// A double of libnvinfer, libnvonnxparser and libcuda for tests without a GPU: the tables of one major version (MAJOR, slots.h), real
// arithmetic on host memory, a device that takes its time, and faults on demand. Every argument is checked; a wrong one ends the process.
#include <atomic>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cmath>
#include <ctime>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>
#include "slots.h"

#if MAJOR == 8
static const int VERSION = 8601;
typedef int32_t Size;
#elif MAJOR == 10
static const int VERSION = 100600;
typedef int64_t Size;
#else
static const int VERSION = 110100;
typedef int64_t Size;
#endif

struct Dims { int32_t n; Size d[8]; };

static std::string env(const char* name) { const char* v = getenv(name); return v ? v : ""; }
static bool fault(const char* name) { return env("DOUBLE_FAULT") == name; }
[[noreturn]] static void wrong(const char* format, ...) {
  va_list args; va_start(args, format);
  fprintf(stderr, "double: "); vfprintf(stderr, format, args); fprintf(stderr, "\n"); fflush(stderr); abort();
}
static double now_ms() { timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e3 + t.tv_nsec / 1e6; }

// ---- objects: a shell of two pointers whose second has a table ----------------------------------------------------------------

struct Shell { void** table; void* impl; };
static void* const NOTHING = reinterpret_cast<void*>(+[]() { wrong("a method was called that the double does not have"); });
static void delete_shell(Shell* shell) { free(shell); }
static void* shell_table[2] = {reinterpret_cast<void*>(+[](Shell*) {}), reinterpret_cast<void*>(&delete_shell)};

struct Table { std::vector<void*> slots; Table() : slots(128, NOTHING) {} void set(int slot, void* f) { if (slot >= 0) slots[slot] = f; } };
struct Object { void** table; };
template <class T> static Shell* shell_of(T* object) {
  Shell* s = static_cast<Shell*>(malloc(sizeof(Shell))); s->table = shell_table; s->impl = object; return s;
}
template <class T> static T* object_of(void* shell) { if (!shell) wrong("a null object"); return static_cast<T*>(static_cast<Shell*>(shell)->impl); }
#define METHOD(table, slot, ...) table.set(slot, reinterpret_cast<void*>(+__VA_ARGS__))

// ---- log -----------------------------------------------------------------------------------------------------------------------

static void say(void* logger, int severity, const std::string& text) {
  if (!logger) wrong("no logger");
  void** table = *static_cast<void***>(logger);
  reinterpret_cast<void (*)(void*, int, const char*)>(table[MAJOR >= 11 ? 4 : 0])(logger, severity, text.c_str());
}
struct InterfaceInfo { const char* kind; int major, minor; };
static void check_versioned(void* object, const char* kind) {
  void** table = *static_cast<void***>(object);
  InterfaceInfo info = reinterpret_cast<InterfaceInfo (*)(void*)>(table[1])(object);
  if (std::string(info.kind) != kind || info.major != 1) wrong("interface %s says it is %s %d", kind, info.kind, info.major);
}

// ---- the network ---------------------------------------------------------------------------------------------------------------

enum Type { FLOAT = 0, HALF = 1, INT8 = 2, INT32 = 3, BOOL = 4, UINT8 = 5, FP8 = 6, BF16 = 7, INT64 = 8 };
static int bytes_of(int type) { switch (type) { case FLOAT: case INT32: return 4; case HALF: case BF16: return 2; case INT64: return 8; default: return 1; } }

struct Tensor : Object { std::string name; int type; std::vector<Size> shape; };
struct Layer : Object { std::string name, op; std::vector<std::string> in, out; int precision = -1; };
struct Network : Object { void* logger; std::vector<Tensor*> inputs, outputs; std::vector<Layer*> layers; std::map<std::string, Tensor*> tensors; bool typed; };
struct Range { Dims at[3]; };
struct Profile : Object { std::map<std::string, Range> ranges; };
struct Config : Object { std::set<int> flags; std::vector<Profile*> profiles; void* monitor = nullptr; int verbosity = 0, level = 3; std::string cache; bool use_cache = false; int device = 0; void* calibrator = nullptr; };
struct Memory : Object { std::string bytes; };

static Table tensor_table, layer_table, network_table, profile_table, config_table, memory_table, builder_table, runtime_table, engine_table, context_table, inspector_table, cache_table;
static std::vector<void*> parser_table(32, NOTHING), error_table(16, NOTHING);

static Dims dims_of(const std::vector<Size>& shape) { Dims d{}; d.n = static_cast<int32_t>(shape.size()); for (size_t i = 0; i < shape.size(); i++) d.d[i] = shape[i]; return d; }
static std::vector<Size> shape_of(const Dims& d) { return std::vector<Size>(d.d, d.d + d.n); }

struct Reader {  // protobuf
  const uint8_t *p, *end;
  bool more() const { return p < end; }
  uint64_t varint() { uint64_t v = 0; for (int s = 0; p < end; s += 7) { uint8_t b = *p++; v |= uint64_t(b & 127) << s; if (!(b & 128)) break; } return v; }
  Reader sub() { uint64_t n = varint(); Reader r{p, p + n}; p += n; return r; }
  std::string text() { Reader r = sub(); return std::string(reinterpret_cast<const char*>(r.p), r.end - r.p); }
  void skip(int wire) { if (wire == 0) varint(); else if (wire == 1) p += 8; else if (wire == 2) sub(); else p += 4; }
};

static int type_of_onnx(int t) {
  switch (t) {
    case 1: return FLOAT; case 10: return HALF; case 3: return INT8; case 6: return INT32; case 9: return BOOL; case 2: return UINT8;
    case 11: return FLOAT;
    case 7: return MAJOR >= 10 ? INT64 : INT32;
    case 16: return MAJOR >= 10 ? BF16 : -1;
    default: return -1;
  }
}
static const std::set<std::string> KNOWN = {"Identity", "Relu", "Neg", "Exp", "Add", "NonZero"};

static Tensor* read_value(Reader r) {
  auto* t = new Tensor(); t->table = tensor_table.slots.data(); t->type = -1;
  while (r.more()) {
    uint64_t key = r.varint();
    if (key == (1 << 3 | 2)) t->name = r.text();
    else if (key == (2 << 3 | 2)) {
      Reader type = r.sub();
      while (type.more()) {
        uint64_t k = type.varint();
        if (k != (1 << 3 | 2)) { type.skip(k & 7); continue; }
        Reader tensor = type.sub();
        while (tensor.more()) {
          uint64_t k2 = tensor.varint();
          if (k2 == (1 << 3)) t->type = type_of_onnx(static_cast<int>(tensor.varint()));
          else if (k2 == (2 << 3 | 2)) {
            Reader shape = tensor.sub();
            while (shape.more()) {
              shape.varint(); Reader dim = shape.sub(); Size size = -1;
              while (dim.more()) { uint64_t k3 = dim.varint(); if (k3 == (1 << 3)) size = static_cast<Size>(dim.varint()); else dim.skip(k3 & 7); }
              t->shape.push_back(size);
            }
          } else tensor.skip(k2 & 7);
        }
      }
    } else r.skip(key & 7);
  }
  return t;
}

struct Parser { void** table; Network* network; void* logger; std::vector<std::string> errors; std::vector<std::string> nodes, ops; };
struct ParserError { void** table; std::string text, node, op; };
static std::vector<ParserError*> kept_errors;

static bool parse_graph(Parser* parser, Reader graph) {
  Network* n = parser->network; std::vector<Tensor*> outputs;
  while (graph.more()) {
    uint64_t key = graph.varint();
    if (key == (1 << 3 | 2)) {
      Reader node = graph.sub(); auto* l = new Layer(); l->table = layer_table.slots.data();
      while (node.more()) {
        uint64_t k = node.varint();
        if (k == (1 << 3 | 2)) l->in.push_back(node.text()); else if (k == (2 << 3 | 2)) l->out.push_back(node.text());
        else if (k == (3 << 3 | 2)) l->name = node.text(); else if (k == (4 << 3 | 2)) l->op = node.text(); else node.skip(k & 7);
      }
      if (l->name.empty()) l->name = l->op + "_" + std::to_string(n->layers.size());
      if (!KNOWN.count(l->op)) { parser->errors.push_back(MAJOR < 10 ? std::string("Assertion failed: creator && \"Plugin not found, are the plugin name, version, and namespace correct?\"") : "No importer registered for op: " + l->op); parser->nodes.push_back(l->name); parser->ops.push_back(l->op); return false; }
      n->layers.push_back(l);
    } else if (key == (11 << 3 | 2) || key == (12 << 3 | 2)) {
      Tensor* t = read_value(graph.sub());
      if (t->type < 0) { parser->errors.push_back("Unsupported ONNX data type of " + t->name); parser->nodes.push_back(t->name); parser->ops.push_back("input"); return false; }
      (key >> 3 == 11 ? n->inputs : outputs).push_back(t);
    } else graph.skip(key & 7);
  }
  for (Tensor* t : n->inputs) n->tensors[t->name] = t;
  for (Layer* l : n->layers) for (auto& out : l->out) {
    auto* t = new Tensor(); t->table = tensor_table.slots.data(); t->name = out; Tensor* from = n->tensors[l->in[0]];
    if (!from) wrong("layer %s reads %s, which nothing writes", l->name.c_str(), l->in[0].c_str());
    t->type = l->op == "NonZero" ? (MAJOR >= 10 ? INT64 : INT32) : from->type;
    t->shape = l->op == "NonZero" ? std::vector<Size>{static_cast<Size>(from->shape.size()), -1} : from->shape;
    n->tensors[out] = t;
  }
  for (Tensor* t : outputs) n->outputs.push_back(n->tensors[t->name]);
  return true;
}

// ---- plans ---------------------------------------------------------------------------------------------------------------------

static std::string write_plan(Network* n, Config* c) {
  std::ostringstream s;
  auto tensor = [&](const char* kind, Tensor* t) { s << kind << ' ' << t->name << ' ' << t->type << ' ' << t->shape.size(); for (Size d : t->shape) s << ' ' << d; s << '\n'; };
  for (Tensor* t : n->inputs) tensor("in", t);
  for (auto& [name, t] : n->tensors) tensor("tensor", t);
  for (Tensor* t : n->outputs) s << "out " << t->name << '\n';
  for (Layer* l : n->layers) { s << "layer " << l->name << ' ' << l->op << ' ' << l->out[0] << ' ' << l->precision << ' ' << l->in.size(); for (auto& i : l->in) s << ' ' << i; s << '\n'; }
  for (size_t p = 0; p < c->profiles.size(); p++) for (auto& [name, r] : c->profiles[p]->ranges) {
    s << "range " << p << ' ' << name << ' ' << r.at[0].n; for (auto& d : r.at) for (int i = 0; i < r.at[0].n; i++) s << ' ' << d.d[i]; s << '\n';
  }
  std::string head = "ftrt"; head.resize(28, '\0');
  if (VERSION >= 10000) { head[24] = VERSION / 10000; head[25] = VERSION / 100 % 100; head[26] = VERSION % 100; } else { head[24] = VERSION / 1000; head[25] = VERSION / 100 % 10; head[26] = VERSION % 100; }
  return head + s.str();
}

struct PlanRange { std::vector<Size> at[3]; };
struct Engine : Object { void* logger; std::vector<std::string> io; std::map<std::string, bool> input; std::map<std::string, Tensor> tensors; std::vector<Layer> layers; std::vector<std::map<std::string, PlanRange>> profiles; };
static std::atomic<int> engines_alive{0};

static Engine* read_plan(const std::string& text, void* logger) {
  auto* e = new Engine(); e->table = engine_table.slots.data(); e->logger = logger; std::istringstream lines(text); std::string line; std::vector<std::string> outs;
  while (std::getline(lines, line)) {
    std::istringstream s(line); std::string kind; s >> kind;
    if (kind == "in" || kind == "tensor") { Tensor t; size_t n; s >> t.name >> t.type >> n; t.shape.resize(n); for (auto& d : t.shape) s >> d; if (kind == "in") { e->io.push_back(t.name); e->input[t.name] = true; } e->tensors[t.name] = t; }
    else if (kind == "out") { std::string n; s >> n; e->io.push_back(n); e->input[n] = false; }
    else if (kind == "layer") { Layer l; size_t n; std::string out; s >> l.name >> l.op >> out >> l.precision >> n; l.out = {out}; l.in.resize(n); for (auto& i : l.in) s >> i; e->layers.push_back(l); }
    else if (kind == "range") { size_t p, n; std::string name; s >> p >> name >> n; if (e->profiles.size() <= p) e->profiles.resize(p + 1); PlanRange r; for (auto& a : r.at) { a.resize(n); for (auto& d : a) s >> d; } e->profiles[p][name] = r; }
  }
  if (e->profiles.empty()) e->profiles.resize(1);
  engines_alive++;
  return e;
}

// ---- the device: memory is the host's, streams have a time of their own --------------------------------------------------------

static std::mutex device_lock;
static std::map<uint64_t, size_t> blocks;
struct Stream { double until = 0; int priority = 0; std::vector<std::function<void()>>* capture = nullptr; };
struct Event { double at = -1; bool recorded = false; bool blocking = false; bool timed = true; };
typedef std::vector<std::function<void()>> Graph;
static thread_local bool has_context = false;
static std::set<void*> streams, events;

static void check_memory(uint64_t address, size_t bytes, const char* what) {
  std::lock_guard<std::mutex> l(device_lock);
  auto it = blocks.upper_bound(address);
  if (it == blocks.begin()) wrong("%s: address %lx is of no block", what, address);
  --it;
  if (address + bytes > it->first + it->second) wrong("%s: %zu bytes at %lx pass the end of a block of %zu", what, bytes, address, it->second);
}
static Stream* stream_of(uint64_t s) { std::lock_guard<std::mutex> l(device_lock); if (!streams.count(reinterpret_cast<void*>(s))) wrong("no such stream %lx", s); return reinterpret_cast<Stream*>(s); }
static Event* event_of(uint64_t e) { std::lock_guard<std::mutex> l(device_lock); if (!events.count(reinterpret_cast<void*>(e))) wrong("no such event %lx", e); return reinterpret_cast<Event*>(e); }
static void spend(Stream* s, double ms) { double t = now_ms(); if (s->until < t) s->until = t; s->until += ms; }
static void context_or_wrong() { if (!has_context) wrong("no context is current in this thread"); }

struct Context : Object { Engine* engine; int profile = 0; void* profiler = nullptr; std::map<std::string, std::vector<Size>> shapes; std::map<std::string, uint64_t> addresses; std::map<std::string, void*> allocators; int runs = 0; };

static size_t count_of(const std::vector<Size>& shape) { size_t n = 1; for (Size d : shape) n *= d; return n; }
static void compute(Context* c) {
  Engine* e = c->engine; std::map<std::string, std::vector<char>> scratch; std::map<std::string, std::vector<Size>> shapes = c->shapes;
  auto data = [&](const std::string& name) -> char* { auto it = c->addresses.find(name); return it != c->addresses.end() ? reinterpret_cast<char*>(it->second) : scratch[name].data(); };
  for (auto& l : e->layers) {
    const Tensor& t = e->tensors[l.in[0]]; auto& shape = shapes[l.in[0]]; size_t n = count_of(shape); const std::string& out = l.out[0];
    if (l.op == "NonZero") {
      auto* x = reinterpret_cast<float*>(data(l.in[0])); std::vector<std::vector<int64_t>> found;
      for (size_t i = 0; i < n; i++) if (x[i] != 0) { std::vector<int64_t> at; size_t rest = i; for (size_t k = shape.size(); k-- > 0;) { at.insert(at.begin(), rest % shape[k]); rest /= shape[k]; } found.push_back(at); }
      std::vector<Size> got{static_cast<Size>(shape.size()), static_cast<Size>(found.size())};
      size_t item = bytes_of(e->tensors[out].type); void* allocator = c->allocators[out]; if (!allocator) wrong("no allocator for %s", out.c_str());
      void** table = *static_cast<void***>(allocator); int base = MAJOR >= 10 ? 4 : 1;
      void* memory = reinterpret_cast<void* (*)(void*, const char*, void*, uint64_t, uint64_t)>(table[base])(allocator, out.c_str(), nullptr, std::max<size_t>(1, found.size() * shape.size() * item), 256);
      Dims d = dims_of(got); reinterpret_cast<void (*)(void*, const char*, const Dims*)>(table[base + (MAJOR >= 10 ? 2 : 1)])(allocator, out.c_str(), &d);
      for (size_t k = 0; k < shape.size(); k++) for (size_t i = 0; i < found.size(); i++) { if (item == 8) static_cast<int64_t*>(memory)[k * found.size() + i] = found[i][k]; else static_cast<int32_t*>(memory)[k * found.size() + i] = static_cast<int32_t>(found[i][k]); }
      continue;
    }
    size_t bytes = n * bytes_of(t.type); shapes[out] = shape; if (!c->addresses.count(out)) scratch[out].resize(bytes);
    char *from = data(l.in[0]), *to = data(out);
    if (l.op == "Identity") { memmove(to, from, bytes); continue; }
    if (t.type != FLOAT) wrong("%s of another type than float", l.op.c_str());
    auto *x = reinterpret_cast<float*>(from), *y = reinterpret_cast<float*>(to), *z = l.in.size() > 1 ? reinterpret_cast<float*>(data(l.in[1])) : x;
    for (size_t i = 0; i < n; i++) y[i] = l.op == "Relu" ? std::max(x[i], 0.0f) : l.op == "Neg" ? -x[i] : l.op == "Exp" ? std::exp(x[i]) : x[i] + z[i];
  }
}

static const double COPY_MS = 0.25, LAYER_MS = 1.0, GRAPH_MS = 0.5;

static bool enqueue(Context* c, uint64_t handle) {
  context_or_wrong(); Stream* s = stream_of(handle); Engine* e = c->engine;
  if (fault("enqueue") && ++c->runs > 3) return false;
  for (auto& name : e->io) {
    if (c->allocators.count(name)) continue;
    if (!c->addresses.count(name)) wrong("no address for %s", name.c_str());
    auto shape = e->input[name] ? c->shapes[name] : c->shapes[e->layers.empty() ? name : e->io[0]];
    check_memory(c->addresses[name], count_of(shape) * bytes_of(e->tensors[name].type), name.c_str());
  }
  if (s->capture) { if (fault("no_graph")) return false; s->capture->push_back([c] { compute(c); }); return true; }
  compute(c); spend(s, LAYER_MS * e->layers.size());
  if (c->profiler) {
    void** table = *static_cast<void***>(c->profiler);
    for (auto& l : e->layers) reinterpret_cast<void (*)(void*, const char*, float)>(table[MAJOR >= 11 ? 4 : 0])(c->profiler, l.name.c_str(), static_cast<float>(LAYER_MS));
  }
  return true;
}

static std::string inspect(Engine* e) {
  std::ostringstream s; const char* formats[] = {"Row major linear FP32", "Row major linear FP16 format", "Row major Int8 format", "Row major linear Int32", "Bool", "UInt8", "FP8", "BFloat16", "Int64"};
  auto tensor = [&](const std::string& n) { auto& t = e->tensors[n]; s << "{\"Name\":\"" << n << "\",\"Dimensions\":["; for (size_t i = 0; i < t.shape.size(); i++) s << (i ? "," : "") << t.shape[i]; s << "],\"Format/Datatype\":\"" << formats[t.type] << "\"}"; };
  s << "{\"Layers\":[";
  for (size_t i = 0; i < e->layers.size(); i++) { auto& l = e->layers[i]; s << (i ? "," : "") << "{\"Name\":\"" << l.name << "\",\"LayerType\":\"PointWiseV2\",\"TacticName\":\"double_" << l.op << "\",\"Metadata\":\"[ONNX Layer: " << l.name << "]\",\"Inputs\":["; for (size_t k = 0; k < l.in.size(); k++) { if (k) s << ","; tensor(l.in[k]); } s << "],\"Outputs\":["; tensor(l.out[0]); s << "]}"; }
  s << "],\"Bindings\":["; for (size_t i = 0; i < e->io.size(); i++) s << (i ? "," : "") << '"' << e->io[i] << '"'; s << "]}";
  return s.str();
}

struct Runtime : Object { void* logger; };
struct Builder : Object { void* logger; };
struct Inspector : Object { Engine* engine; std::string text; };

static Memory* memory_of(const std::string& bytes) { auto* m = new Memory(); m->table = memory_table.slots.data(); m->bytes = bytes; return m; }
static int dla_cores() { return atoi(env("DOUBLE_DLA").c_str()); }

static bool tell_progress(Config* c) {
  if (!c->monitor) return true;
  check_versioned(c->monitor, "IProgressMonitor");
  void** table = *static_cast<void***>(c->monitor); bool go = true; int steps = fault("slow") ? 1000 : 3;
  std::thread([&] {
    reinterpret_cast<void (*)(void*, const char*, const char*, int)>(table[4])(c->monitor, "Building Engine", nullptr, steps);
    for (int i = 0; i < steps && go; i++) { if (fault("slow")) usleep(20000); go = reinterpret_cast<bool (*)(void*, const char*, int)>(table[5])(c->monitor, "Building Engine", i); }
    reinterpret_cast<void (*)(void*, const char*)>(table[6])(c->monitor, "Building Engine");
  }).join();
  return go;
}

// As the CUDA runtime does: a thread without a context gets that of the first device.
static Shell* build(Builder* b, void* network, void* config) {
  auto* n = object_of<Network>(network); auto* c = object_of<Config>(config);
  std::thread([&] { say(b->logger, 2, "a warning from another thread"); }).join();
  if (fault("segfault")) { say(b->logger, 3, "about to fall"); *reinterpret_cast<volatile int*>(8) = 1; }
  if (fault("hang")) for (;;) sleep(1);
  if (fault("null_engine")) { say(b->logger, 1, "IBuilder::buildSerializedNetwork: Error Code 10: Internal Error (Could not find any implementation for node Relu_0.)"); return nullptr; }
  if (c->verbosity != 2) wrong("profiling verbosity %d, expected detailed", c->verbosity);
  for (Tensor* t : n->inputs) for (Size d : t->shape) if (d < 0) { if (c->profiles.empty()) wrong("input %s is open and there is no profile", t->name.c_str()); for (auto* p : c->profiles) if (!p->ranges.count(t->name)) wrong("a profile lacks %s", t->name.c_str()); }
  if (!tell_progress(c)) { say(b->logger, 1, "the build was cancelled"); return nullptr; }
  if (c->use_cache) c->cache += "timed;";
  say(b->logger, 4, "flags:" + [&] { std::string s; for (int f : c->flags) s += " " + std::to_string(f); return s; }());
  return shell_of(memory_of(write_plan(n, c)));
}

static Shell* deserialize(Runtime* r, const char* blob, size_t size) {
  if (fault("null_engine_load")) return nullptr;
  if (size < 28 || memcmp(blob, "ftrt", 4) != 0) { say(r->logger, 1, "IRuntime::deserializeCudaEngine: Error Code 1: Serialization (Serialization assertion header.magicTag == rt::kPLAN_MAGIC_TAG failed. Magic tag does not match)"); return nullptr; }
  Memory* mine = memory_of(write_plan(new Network(), new Config()));
  if (memcmp(blob + 24, mine->bytes.data() + 24, 3) != 0) {
    char text[300]; snprintf(text, sizeof text, "IRuntime::deserializeCudaEngine: Error Code 6: API Usage Error (The engine plan file is not compatible with this version of TensorRT, expecting library version %d.%d.%d.0 got %d.%d.%d.0, please rebuild.)", mine->bytes[24], mine->bytes[25], mine->bytes[26], blob[24], blob[25], blob[26]);
    say(r->logger, 1, text); return nullptr;
  }
  return shell_of(read_plan(std::string(blob + 28, size - 28), r->logger));
}

static Dims argument(const Dims& d) { if (d.n < -1 || d.n > 8) wrong("%d dimensions", d.n); return d; }

static bool set_dimensions(Profile* p, const char* name, int which, const Dims& d) { p->ranges[name].at[which] = argument(d); return true; }
static bool set_input_shape(Context* c, const char* name, const Dims* d) {
  auto& e = *c->engine; if (!e.input.count(name) || !e.input[name]) wrong("%s is no input", name);
  auto shape = shape_of(argument(*d)); auto& ranges = e.profiles[c->profile]; auto it = ranges.find(name);
  auto& own = e.tensors[name].shape; if (shape.size() != own.size()) return false;
  for (size_t i = 0; i < shape.size(); i++) { if (own[i] >= 0 && own[i] != shape[i]) return false; if (it != ranges.end() && (shape[i] < it->second.at[0][i] || shape[i] > it->second.at[2][i])) return false; }
  c->shapes[name] = shape; return true;
}

static void fill_tables() {
  METHOD(tensor_table, VTensor_getName, [](Tensor* t) { return t->name.c_str(); });
  METHOD(tensor_table, VTensor_getType, [](Tensor* t) { return t->type; });
#if MAJOR < 11
  METHOD(tensor_table, VTensor_setType, [](Tensor* t, int type) { t->type = type; });
  METHOD(layer_table, VLayer_setPrecision, [](Layer* l, int p) { l->precision = p; });
#endif
  METHOD(tensor_table, VTensor_getDimensions, [](Tensor* t) { return dims_of(t->shape); });
  METHOD(tensor_table, VTensor_setAllowedFormats, [](Tensor*, uint32_t formats) { if (formats == 0) wrong("no format"); });
  METHOD(layer_table, VLayer_getName, [](Layer* l) { return l->name.c_str(); });
  METHOD(layer_table, VLayer_getType, [](Layer*) { return 2; });
  METHOD(layer_table, VLayer_getNbOutputs, [](Layer*) { return 0; });
  METHOD(network_table, VNetworkDefinition_getNbLayers, [](Network* n) { return static_cast<int>(n->layers.size()); });
  METHOD(network_table, VNetworkDefinition_getLayer, [](Network* n, int i) { return shell_of(n->layers.at(i)); });
  METHOD(network_table, VNetworkDefinition_getNbInputs, [](Network* n) { return static_cast<int>(n->inputs.size()); });
  METHOD(network_table, VNetworkDefinition_getInput, [](Network* n, int i) { return shell_of(n->inputs.at(i)); });
  METHOD(network_table, VNetworkDefinition_getNbOutputs, [](Network* n) { return static_cast<int>(n->outputs.size()); });
  METHOD(network_table, VNetworkDefinition_getOutput, [](Network* n, int i) { return shell_of(n->outputs.at(i)); });
#if MAJOR == 8
  METHOD(profile_table, VOptimizationProfile_setDimensions, [](Profile* p, const char* n, int w, Dims d) { return set_dimensions(p, n, w, d); });
#else
  METHOD(profile_table, VOptimizationProfile_setDimensions, [](Profile* p, const char* n, int w, const Dims* d) { return set_dimensions(p, n, w, *d); });
#endif
  METHOD(profile_table, VOptimizationProfile_isValid, [](Profile* p) { for (auto& [n, r] : p->ranges) for (int i = 0; i < r.at[0].n; i++) if (r.at[0].d[i] > r.at[1].d[i] || r.at[1].d[i] > r.at[2].d[i]) return false; return true; });
  METHOD(config_table, VBuilderConfig_setFlag, [](Config* c, int f) { c->flags.insert(f); });
  METHOD(config_table, VBuilderConfig_clearFlag, [](Config* c, int f) { c->flags.erase(f); });
  METHOD(config_table, VBuilderConfig_setMemoryPoolLimit, [](Config*, int pool, size_t bytes) { if (pool > 1 || bytes == 0) wrong("pool %d of %zu bytes", pool, bytes); });
  METHOD(config_table, VBuilderConfig_setProfilingVerbosity, [](Config* c, int v) { c->verbosity = v; });
  METHOD(config_table, VBuilderConfig_setBuilderOptimizationLevel, [](Config* c, int v) { if (v < 0 || v > 5) wrong("level %d", v); c->level = v; });
  METHOD(config_table, VBuilderConfig_setHardwareCompatibilityLevel, [](Config*, int v) { if (v < 0 || v > 2) wrong("hardware level %d", v); });
  METHOD(config_table, VBuilderConfig_setDefaultDeviceType, [](Config* c, int d) { c->device = d; });
  METHOD(config_table, VBuilderConfig_setDLACore, [](Config*, int core) { if (core >= dla_cores()) wrong("DLA core %d", core); });
  METHOD(config_table, VBuilderConfig_setDeviceType, [](Config*, void* l, int d) { object_of<Layer>(l); if (d > 1) wrong("device %d", d); });
  METHOD(config_table, VBuilderConfig_addOptimizationProfile, [](Config* c, void* p) { c->profiles.push_back(object_of<Profile>(p)); return static_cast<int>(c->profiles.size()) - 1; });
  METHOD(config_table, VBuilderConfig_createTimingCache, [](Config*, const char* blob, size_t size) { return shell_of([&] { auto* m = memory_of(size ? std::string(blob, size) : ""); m->table = cache_table.slots.data(); return m; }()); });
  METHOD(config_table, VBuilderConfig_setTimingCache, [](Config* c, void* cache, bool) { auto* m = object_of<Memory>(cache); if (m->bytes.rfind("other", 0) == 0) return false; c->cache = m->bytes; c->use_cache = true; return true; });
  METHOD(config_table, VBuilderConfig_getTimingCache, [](Config* c) { auto* m = memory_of(c->cache); m->table = cache_table.slots.data(); return shell_of(m); });
  METHOD(cache_table, VTimingCache_serialize, [](Memory* m) { return shell_of(memory_of(m->bytes)); });
#ifdef VBuilderConfig_setProgressMonitor
  METHOD(config_table, VBuilderConfig_setProgressMonitor, [](Config* c, void* m) { c->monitor = m; });
#endif
#ifdef VBuilderConfig_setInt8Calibrator
  METHOD(config_table, VBuilderConfig_setInt8Calibrator, [](Config* c, void* m) {
    c->calibrator = m; void** table = *static_cast<void***>(m); int base = MAJOR >= 10 ? 4 : 0; size_t length = 0;
    if (MAJOR >= 10) check_versioned(m, "IInt8EntropyCalibrator2");
    auto* cache = reinterpret_cast<const char* (*)(void*, size_t*)>(table[base + 2])(m, &length);
    if (std::string(cache, length) != "a calibration") wrong("calibration cache \"%.*s\"", static_cast<int>(length), cache);
    if (reinterpret_cast<int (*)(void*)>(table[base + 4])(m) != 2) wrong("another algorithm");
  });
#endif
  METHOD(config_table, VBuilderConfig_canRunOnDLA, [](Config*, void* l) { auto* layer = object_of<Layer>(l); return layer->op == "Relu" || layer->op == "Add"; });
  METHOD(memory_table, VHostMemory_data, [](Memory* m) { return m->bytes.data(); });
  METHOD(memory_table, VHostMemory_size, [](Memory* m) { return m->bytes.size(); });
  METHOD(builder_table, VBuilder_createBuilderConfig, [](Builder*) { auto* c = new Config(); c->table = config_table.slots.data(); c->flags.insert(MAJOR == 8 ? 7 : 6); return shell_of(c); });
  METHOD(builder_table, VBuilder_createNetworkV2, [](Builder* b, uint32_t flags) { auto* n = new Network(); n->table = network_table.slots.data(); n->logger = b->logger; n->typed = flags & 2; if (MAJOR == 8 && flags != 1) wrong("network flags %u", flags); if (MAJOR == 11 && flags != 0) wrong("network flags %u", flags); return shell_of(n); });
  METHOD(builder_table, VBuilder_createOptimizationProfile, [](Builder*) { auto* p = new Profile(); p->table = profile_table.slots.data(); return shell_of(p); });
  METHOD(builder_table, VBuilder_buildSerializedNetwork, [](Builder* b, void* n, void* c) { return build(b, n, c); });
  METHOD(builder_table, VBuilder_getNbDLACores, [](Builder*) { return dla_cores(); });
#if MAJOR == 8
  METHOD(runtime_table, VRuntime_deserializeCudaEngine, [](Runtime* r, const char* b, size_t n, void* f) { if (f) wrong("a plugin factory"); return deserialize(r, b, n); });
#else
  METHOD(runtime_table, VRuntime_deserializeCudaEngine, [](Runtime* r, const char* b, size_t n) { return deserialize(r, b, n); });
#endif
  METHOD(runtime_table, VRuntime_setDLACore, [](Runtime*, int core) { if (core >= dla_cores()) wrong("DLA core %d", core); });
  METHOD(runtime_table, VRuntime_setEngineHostCodeAllowed, [](Runtime*, bool) {});
  METHOD(engine_table, VCudaEngine_getNbIOTensors, [](Engine* e) { return static_cast<int>(e->io.size()); });
  METHOD(engine_table, VCudaEngine_getIOTensorName, [](Engine* e, int i) { return e->io.at(i).c_str(); });
  METHOD(engine_table, VCudaEngine_getTensorIOMode, [](Engine* e, const char* n) { return e->input.at(n) ? 1 : 2; });
  METHOD(engine_table, VCudaEngine_getTensorDataType, [](Engine* e, const char* n) { return e->tensors.at(n).type; });
  METHOD(engine_table, VCudaEngine_getTensorLocation, [](Engine*, const char*) { return 0; });
  METHOD(engine_table, VCudaEngine_isShapeInferenceIO, [](Engine*, const char*) { return false; });
  METHOD(engine_table, VCudaEngine_getTensorShape, [](Engine* e, const char* n) { return dims_of(e->tensors.at(n).shape); });
  METHOD(engine_table, VCudaEngine_getProfileShape, [](Engine* e, const char* n, int p, int w) { auto& r = e->profiles.at(p); auto it = r.find(n); return dims_of(it == r.end() ? e->tensors.at(n).shape : it->second.at[w]); });
  METHOD(engine_table, VCudaEngine_getTensorFormat, [](Engine*, const char*) { return 0; });
  METHOD(engine_table, VCudaEngine_getTensorVectorizedDim, [](Engine*, const char*) { return -1; });
  METHOD(engine_table, VCudaEngine_getTensorComponentsPerElement, [](Engine*, const char*) { return -1; });
  METHOD(engine_table, VCudaEngine_getNbOptimizationProfiles, [](Engine* e) { return static_cast<int>(e->profiles.size()); });
#ifdef VCudaEngine_getDeviceMemorySize
  METHOD(engine_table, VCudaEngine_getDeviceMemorySize, [](Engine*) { return size_t(4096); });
#endif
#ifdef VCudaEngine_getDeviceMemorySizeV2
  METHOD(engine_table, VCudaEngine_getDeviceMemorySizeV2, [](Engine*) { return int64_t(4096); });
#endif
  METHOD(engine_table, VCudaEngine_createEngineInspector, [](Engine* e) { auto* i = new Inspector(); i->table = inspector_table.slots.data(); i->engine = e; return shell_of(i); });
  METHOD(engine_table, VCudaEngine_createExecutionContext, [](Engine* e) { context_or_wrong(); auto* c = new Context(); c->table = context_table.slots.data(); c->engine = e; for (auto& n : e->io) if (e->input[n]) c->shapes[n] = e->tensors[n].shape; return shell_of(c); });
  METHOD(inspector_table, VEngineInspector_getEngineInformation, [](Inspector* i, int format) { if (format != 1) wrong("format %d", format); i->text = inspect(i->engine); return i->text.c_str(); });
  METHOD(context_table, VExecutionContext_setProfiler, [](Context* c, void* p) { if (p && MAJOR >= 11) check_versioned(p, "IProfiler"); c->profiler = p; });
  METHOD(context_table, VExecutionContext_setOptimizationProfileAsync, [](Context* c, int p, uint64_t s) { stream_of(s); c->profile = p; return true; });
  METHOD(context_table, VExecutionContext_setInputShape, [](Context* c, const char* n, const Dims* d) { return set_input_shape(c, n, d); });
  METHOD(context_table, VExecutionContext_getTensorShape, [](Context* c, const char* n) { auto& t = c->engine->tensors.at(n); if (c->engine->input.count(n) && c->engine->input[n]) return dims_of(c->shapes[n]); for (auto& l : c->engine->layers) if (l.op == "NonZero" && l.out[0] == n) return dims_of(t.shape); return dims_of(c->shapes[c->engine->io[0]]); });
  METHOD(context_table, VExecutionContext_setTensorAddress, [](Context* c, const char* n, uint64_t a) { if (!c->engine->input.count(n)) wrong("no tensor %s", n); if (a % 256 && a % 8) return false; c->addresses[n] = a; return true; });
  METHOD(context_table, VExecutionContext_setOutputAllocator, [](Context* c, const char* n, void* a) { if (MAJOR >= 10) check_versioned(a, "IOutputAllocator"); c->allocators[n] = a; return true; });
  METHOD(context_table, VExecutionContext_enqueueV3, [](Context* c, uint64_t s) { return enqueue(c, s); });
  parser_table[IParser_parseFromFile] = reinterpret_cast<void*>(+[](Parser* p, const char* path, int) {
    FILE* f = fopen(path, "rb"); if (!f) wrong("%s is not there", path); std::string bytes; char buffer[4096]; size_t n; while ((n = fread(buffer, 1, sizeof buffer, f)) > 0) bytes.append(buffer, n); fclose(f);
    Reader r{reinterpret_cast<const uint8_t*>(bytes.data()), reinterpret_cast<const uint8_t*>(bytes.data()) + bytes.size()};
    while (r.more()) { uint64_t key = r.varint(); if (key == (7 << 3 | 2)) return parse_graph(p, r.sub()); r.skip(key & 7); }
    return false;
  });
  parser_table[IParser_supportsOperator] = reinterpret_cast<void*>(+[](Parser*, const char* op) { return KNOWN.count(op) > 0; });
  parser_table[IParser_getNbErrors] = reinterpret_cast<void*>(+[](Parser* p) { return static_cast<int>(p->errors.size()); });
  parser_table[IParser_getError] = reinterpret_cast<void*>(+[](Parser* p, int i) { auto* e = new ParserError{error_table.data(), p->errors.at(i), p->nodes.at(i), p->ops.at(i)}; return e; });
  error_table[IParserError_desc] = reinterpret_cast<void*>(+[](ParserError* e) { return e->text.c_str(); });
  error_table[IParserError_node] = reinterpret_cast<void*>(+[](ParserError*) { return 0; });
#ifdef IParserError_nodeName
  error_table[IParserError_nodeName] = reinterpret_cast<void*>(+[](ParserError* e) { return e->node.c_str(); });
  error_table[IParserError_nodeOperator] = reinterpret_cast<void*>(+[](ParserError* e) { return e->op.c_str(); });
#endif
}
static std::once_flag filled;

extern "C" {
int32_t getInferLibVersion() { return VERSION; }
void* createInferRuntime_INTERNAL(void* logger, int32_t version) {
  std::call_once(filled, fill_tables); if (version != VERSION) wrong("version %d", version); if (MAJOR >= 11) check_versioned(logger, "ILogger");
  say(logger, 4, "runtime made"); auto* r = new Runtime(); r->table = runtime_table.slots.data(); r->logger = logger; return shell_of(r);
}
void* createInferBuilder_INTERNAL(void* logger, int32_t version) {
  std::call_once(filled, fill_tables); if (version != VERSION) wrong("version %d", version);
  auto* b = new Builder(); b->table = builder_table.slots.data(); b->logger = logger; return shell_of(b);
}
void* createNvOnnxParser_INTERNAL(void* network, void* logger, int version) {
  std::call_once(filled, fill_tables); if (version != 100) wrong("parser version %d", version);
  return new Parser{parser_table.data(), object_of<Network>(network), logger, {}, {}, {}};
}

typedef uint64_t H;
int cuInit(unsigned) { return fault("no_device") ? 100 : 0; }
int cuDriverGetVersion(int* v) { *v = 12080; return 0; }
int cuDeviceGetCount(int* n) { *n = 1; return 0; }
int cuDeviceGet(int* d, int i) { *d = i; return i == 0 ? 0 : 101; }
int cuDeviceGetName(char* name, int n, int) { snprintf(name, n, "Double"); return 0; }
int cuDeviceTotalMem_v2(size_t* b, int) { *b = size_t(8) << 30; return 0; }
int cuDeviceGetAttribute(int* v, int a, int) { *v = a == 16 ? 8 : a == 18 ? (env("DOUBLE_INTEGRATED") == "1") : a == 75 ? 8 : a == 76 ? 7 : 0; return 0; }
int cuDevicePrimaryCtxRetain(H* c, int) { *c = 0x1000; return 0; }
int cuCtxSetCurrent(H c) { if (c != 0x1000) wrong("context %lx", c); has_context = true; return 0; }
int cuCtxGetStreamPriorityRange(int* least, int* greatest) { *least = 0; *greatest = -5; return 0; }
int cuMemGetInfo_v2(size_t* f, size_t* t) { std::lock_guard<std::mutex> l(device_lock); size_t used = 0; for (auto& b : blocks) used += b.second; *t = size_t(8) << 30; *f = *t - used - (size_t(1) << 20) * engines_alive; return 0; }
static int take(H* p, size_t n) { context_or_wrong(); if (fault("oom")) return 2; void* m = aligned_alloc(256, (n + 255) / 256 * 256); std::lock_guard<std::mutex> l(device_lock); blocks[reinterpret_cast<H>(m)] = n; *p = reinterpret_cast<H>(m); return 0; }
static int give(H p) { { std::lock_guard<std::mutex> l(device_lock); if (!blocks.erase(p)) wrong("free of %lx, which is no block", p); } free(reinterpret_cast<void*>(p)); return 0; }
int cuMemAlloc_v2(H* p, size_t n) { return take(p, n); }
int cuMemFree_v2(H p) { return give(p); }
int cuMemHostAlloc(H* p, size_t n, unsigned) { return take(p, n); }
int cuMemFreeHost(H p) { return give(p); }
int cuMemHostRegister_v2(H p, size_t n, unsigned) { if (fault("no_pin")) return 801; std::lock_guard<std::mutex> l(device_lock); if (blocks.count(p)) return 712; blocks[p] = n; return 0; }
int cuMemHostUnregister(H p) { std::lock_guard<std::mutex> l(device_lock); if (!blocks.erase(p)) wrong("unregister of %lx", p); return 0; }
int cuMemHostGetDevicePointer_v2(H* d, H h, unsigned) { check_memory(h, 1, "map"); *d = h; return 0; }
static int copy(H to, H from, size_t n, H stream) { context_or_wrong(); check_memory(to, n, "copy to"); check_memory(from, n, "copy from"); Stream* s = stream_of(stream); if (s->capture) wrong("a copy in a graph"); memcpy(reinterpret_cast<void*>(to), reinterpret_cast<void*>(from), n); spend(s, COPY_MS); return 0; }
int cuMemcpyHtoDAsync_v2(H d, H h, size_t n, H s) { return copy(d, h, n, s); }
int cuMemcpyDtoHAsync_v2(H h, H d, size_t n, H s) { return copy(h, d, n, s); }
int cuMemcpyDtoDAsync_v2(H d, H f, size_t n, H s) { return copy(d, f, n, s); }
int cuStreamCreateWithPriority(H* s, unsigned, int priority) { context_or_wrong(); if (priority > 0 || priority < -5) wrong("priority %d", priority); auto* st = new Stream(); st->priority = priority; std::lock_guard<std::mutex> l(device_lock); streams.insert(st); *s = reinterpret_cast<H>(st); return 0; }
int cuStreamSynchronize(H s) { Stream* st = stream_of(s); while (now_ms() < st->until) usleep(20); return 0; }
int cuStreamDestroy_v2(H s) { stream_of(s); std::lock_guard<std::mutex> l(device_lock); streams.erase(reinterpret_cast<void*>(s)); return 0; }
int cuEventCreate(H* e, unsigned flags) { auto* ev = new Event(); ev->blocking = flags & 1; ev->timed = !(flags & 2); std::lock_guard<std::mutex> l(device_lock); events.insert(ev); *e = reinterpret_cast<H>(ev); return 0; }
int cuEventRecord(H e, H s) { Stream* st = stream_of(s); Event* ev = event_of(e); spend(st, 0); ev->at = st->until; ev->recorded = true; return 0; }
int cuEventQuery(H e) { Event* ev = event_of(e); if (!ev->recorded) wrong("query of an event that was not recorded"); return now_ms() < ev->at ? 600 : 0; }
int cuEventSynchronize(H e) { Event* ev = event_of(e); if (!ev->blocking) wrong("an event that is waited for by sleeping was made for watching"); while (now_ms() < ev->at) usleep(20); return 0; }
int cuEventElapsedTime(float* ms, H a, H b) { Event *x = event_of(a), *y = event_of(b); if (!x->recorded || !y->recorded) wrong("time between events that were not recorded"); if (!x->timed || !y->timed) wrong("time of an event that only orders streams"); if (now_ms() < y->at) return 600; *ms = static_cast<float>(y->at - x->at); return 0; }
int cuStreamWaitEvent(H s, H e, unsigned) { Stream* st = stream_of(s); Event* ev = event_of(e); if (!ev->recorded) wrong("a stream waits for an event that was not recorded"); if (st->until < ev->at) st->until = ev->at; return 0; }
int cuEventDestroy_v2(H e) { event_of(e); std::lock_guard<std::mutex> l(device_lock); events.erase(reinterpret_cast<void*>(e)); return 0; }
int cuStreamBeginCapture_v2(H s, int) { stream_of(s)->capture = new Graph(); return 0; }
int cuStreamEndCapture(H s, H* g) { Stream* st = stream_of(s); *g = reinterpret_cast<H>(st->capture); st->capture = nullptr; return fault("no_graph") ? 901 : 0; }
int cuGraphInstantiateWithFlags(H* x, H g, unsigned long long) { *x = g; return 0; }
int cuGraphLaunch(H g, H s) { auto* graph = reinterpret_cast<Graph*>(g); for (auto& f : *graph) f(); spend(stream_of(s), GRAPH_MS * graph->size()); return 0; }
int cuGraphExecDestroy(H) { return 0; }
int cuGraphDestroy(H g) { delete reinterpret_cast<Graph*>(g); return 0; }
int cuGetErrorName(int e, const char** s) { *s = e == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : e == 100 ? "CUDA_ERROR_NO_DEVICE" : e == 901 ? "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED" : "CUDA_ERROR_UNKNOWN"; return 0; }
int cuGetErrorString(int e, const char** s) { *s = e == 2 ? "out of memory" : "a fault of the double"; return 0; }
int cuMemsetD8Async(H p, unsigned char v, size_t n, H) { check_memory(p, n, "memset"); memset(reinterpret_cast<void*>(p), v, n); return 0; }
}
