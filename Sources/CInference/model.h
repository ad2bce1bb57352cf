#pragma once

#include "kernels.h"

typedef struct {
  linear qkv, attention, widen, narrow;
  float *attention_gain, *attention_bias, *output_gain, *output_bias;
} layer;

struct inference_model {
  int instruction_set;
  const kernels *kernels;
  int descriptor;
  uint64_t words;    // where the word table starts in the file
  float *positions;  // INFERENCE_MAXIMUM_LENGTH rows, each with the row of token type 0 added
  float *gain, *bias;
  layer layers[LAYERS];
};
