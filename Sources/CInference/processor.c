#define _GNU_SOURCE
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernels.h"

void inference_name_thread(const char *name) { prctl(PR_SET_NAME, name); }

#if defined(__x86_64__)

#include <cpuid.h>

// Tile registers are off until a process asks for them (arch_prctl, Documentation/arch/x86/xstate.rst). The kernel refuses
// where an alternate signal stack is too small to hold them; the vector unit does the work then.
static int tiles_granted(void) {
  enum { ARCH_REQ_XCOMP_PERM = 0x1023, TILE_DATA = 18 };
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  const unsigned bf16 = 1u << 22, tile = 1u << 24;
  if ((d & bf16) == 0 || (d & tile) == 0) return 0;
  return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, TILE_DATA) == 0;
}

int inference_best_instruction_set(void) {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return INFERENCE_PORTABLE;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512vl") ||
      !__builtin_cpu_supports("avx512dq"))
    return INFERENCE_AVX2;
  if (!__builtin_cpu_supports("avx512bf16")) return INFERENCE_AVX512;
  return tiles_granted() ? INFERENCE_AMX_BF16 : INFERENCE_AVX512_BF16;
}

const kernels *inference_kernels(int instruction_set) {
  switch (instruction_set) {
  case INFERENCE_AMX_BF16: return &inference_kernels_amx_bf16;
  case INFERENCE_AVX512_BF16: return &inference_kernels_avx512_bf16;
  case INFERENCE_AVX512: return &inference_kernels_avx512;
  case INFERENCE_AVX2: return &inference_kernels_avx2;
  default: return &inference_kernels_portable;
  }
}

#else

int inference_best_instruction_set(void) { return INFERENCE_PORTABLE; }

const kernels *inference_kernels(int instruction_set) {
  (void)instruction_set;
  return &inference_kernels_portable;
}

#endif
