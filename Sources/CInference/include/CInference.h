#pragma once

#include <stddef.h>
#include <stdint.h>

// A sentence encoder for one architecture: BERT with 6 layers, 12 heads and 384 values a token (all-MiniLM-L6-v2).
// It starts no threads and keeps no state between calls: any number of threads may embed with one model at once.

typedef struct inference_model inference_model;

enum {
  INFERENCE_DIMENSION = 384,
  INFERENCE_VOCABULARY = 30522,
  INFERENCE_MAXIMUM_LENGTH = 512,
};

// Each set includes the ones below it.
enum {
  INFERENCE_AUTOMATIC = 0,
  INFERENCE_PORTABLE = 1,
  INFERENCE_AVX2 = 2,
  INFERENCE_AVX512 = 3,
  INFERENCE_AVX512_BF16 = 4,
  INFERENCE_AMX_BF16 = 5,
};

enum {
  INFERENCE_OK = 0,
  INFERENCE_BAD_ARGUMENT = 1,
  INFERENCE_BAD_TOKEN = 2,
  INFERENCE_OUT_OF_MEMORY = 3,
  INFERENCE_UNREADABLE = 4,
};

// The best instruction set of this processor and kernel; never INFERENCE_AUTOMATIC.
int inference_best_instruction_set(void);

// Reads a safetensors file and packs its linear weights, about 50 ms. `descriptor` stays the caller's and must
// stay open as long as the model: the word table (47 MB) is read from it row by row, so that it never counts as resident. Returns NULL and a message of at most `size` bytes, terminator included, for a file that is not this model.
inference_model *inference_open(int descriptor, int instruction_set, char *message, size_t size);

// Frees the model. No call to inference_embed may be under way.
void inference_close(inference_model *model);

// The instruction set in use.
int inference_instruction_set(const inference_model *model);

// Embeds `text_count` texts. `ids` are the token ids of all texts, concatenated; text t is ids[offsets[t]] up to
// ids[offsets[t + 1]], 1 to 512 of them; `offsets` has text_count + 1 entries from 0 to id_count. `vectors` receives
// text_count rows of 384 values with Euclidean norm 1. Blocks the thread. Returns INFERENCE_OK or an error, after which
// the contents of `vectors` are unspecified.
int inference_embed(const inference_model *model, const int32_t *ids, size_t id_count, const int32_t *offsets, size_t text_count,
                    float *vectors, size_t vector_capacity);

// Names the calling thread for debuggers and `top -H`; 15 bytes are kept.
void inference_name_thread(const char *name);
