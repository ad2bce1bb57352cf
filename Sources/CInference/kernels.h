#pragma once

#include "CInference.h"

// The seam between the encoder, which knows the model, and the kernels, which know the processor.

enum {
  HIDDEN = INFERENCE_DIMENSION,
  WIDE = 1536,
  HEADS = 12,
  HEAD = 32,
  LAYERS = 6,
  // Texts are worked on in groups of this many tokens: enough rows to pay for streaming the weights through the cache
  // once, few enough that the activations stay in it.
  GROUP = 256,
  // Tile instructions read whole tiles: matrices have this many readable rows past the last one in use.
  SLACK = 32,
  // The most queries that a kernel works on at a time.
  QUERY_ROWS = 16,
};

// A linear layer. Weights lie in panels of `kernels.panel` outputs, so that a kernel reads them front to back:
// [output / panel][input][panel] as float, or [output / panel][input / 2][panel][2] as bfloat16.
typedef struct {
  void *weights;
  float *bias;
  int outputs, inputs;
} linear;

typedef enum {
  STORE,        // activations of the kernel's type
  STORE_GELU,   // the same after GELU
  ADD_RESIDUAL  // added to floats
} epilogue;

// Work space of one attention head; each array holds `length` rounded up to 32.
typedef struct {
  void *keys;           // x HEAD
  void *values;         // x HEAD
  float *scores;        // x QUERY_ROWS
  void *probabilities;  // x QUERY_ROWS
} attention_scratch;

// Activations are float or bfloat16; the residual stream is always float. Matrices are row-major without gaps.
typedef struct {
  size_t activation_size;
  int panel;
  // output[rows x outputs] = epilogue(input[rows x inputs] * weights + bias)
  void (*apply)(const linear *layer, const void *input, int rows, epilogue epilogue, void *output);
  // Normalizes each row of `residual` in place and stores it in `activations` too.
  void (*normalize)(float *residual, void *activations, int rows, const float *gain, const float *bias);
  // One head of one text: `qkv` has 3 x HIDDEN columns, queries already scaled; `output` has HIDDEN.
  void (*attend)(const void *qkv, int length, int head, void *output, const attention_scratch *scratch);
} kernels;

static inline int round_up(int value, int multiple) { return (value + multiple - 1) / multiple * multiple; }

// NULL where the compiler's target has no such instructions.
const kernels *inference_kernels(int instruction_set);

extern const kernels inference_kernels_portable;
#if defined(__x86_64__)
extern const kernels inference_kernels_avx2;
extern const kernels inference_kernels_avx512;
extern const kernels inference_kernels_avx512_bf16;
extern const kernels inference_kernels_amx_bf16;
#endif
