#include <math.h>
#include <string.h>

#include "kernels.h"

#define NAME(x) x##_portable
#define TARGET
#define ROWS 4
#define VECTORS 1
#include "kernels_float.h"

#if defined(__x86_64__)

#define NAME(x) x##_avx2
#define TARGET __attribute__((target("avx2,fma")))
#define ROWS 6
#define VECTORS 1
#include "kernels_float.h"

#define NAME(x) x##_avx512
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma")))
#define ROWS 8
#define VECTORS 3
#include "kernels_float.h"

#endif
