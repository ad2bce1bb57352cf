#pragma once

#include <stddef.h>
#include <stdint.h>

// The header of a safetensors file (https://github.com/huggingface/safetensors#format): eight bytes of length, then JSON.

enum { TENSOR_MAXIMUM = 512, TENSOR_RANK = 4 };

typedef struct {
  const char *name;  // into the header, not terminated
  size_t name_length;
  int is_float32;
  int rank;
  uint64_t shape[TENSOR_RANK];
  uint64_t begin, end;  // bytes from the start of the data
} tensor;

typedef struct {
  char *json;
  uint64_t data;  // where the data starts in the file
  size_t count;
  tensor tensors[TENSOR_MAXIMUM];
} safetensors;

// Reads and checks the header: every entry must lie inside the file. Returns 0, or -1 with `*reason` set to a constant.
int safetensors_read(int descriptor, safetensors *header, const char **reason);
void safetensors_free(safetensors *header);

// The float tensor of that name with exactly `rows` x `columns` values (a vector where `rows` is 0), or NULL.
const tensor *safetensors_find(const safetensors *header, const char *name, uint64_t rows, uint64_t columns);

// Copies `size` bytes from `offset`. Returns 0, or -1 when the file ends early or cannot be read.
int safetensors_copy(int descriptor, uint64_t offset, void *bytes, size_t size);
