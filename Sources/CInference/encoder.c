#define _GNU_SOURCE
#include <math.h>
#include <sys/mman.h>

#include "model.h"
#include "safetensors.h"

// MARK: work space

// One allocation for a call, cut into arrays that start on cache lines.
typedef struct {
  float *residual;
  void *activations, *qkv, *attended, *wide;
  attention_scratch attention;
  char *memory;
  size_t size;
} workspace;

static size_t aligned(size_t bytes) { return (bytes + 63) & ~(size_t)63; }

static int prepare(workspace *w, const kernels *k, int rows) {
  const size_t size = k->activation_size, height = (size_t)rows + SLACK, length = (size_t)round_up(rows, 32);
  const size_t parts[] = {
    aligned(height * HIDDEN * sizeof(float)), aligned(height * HIDDEN * size), aligned(height * 3 * HIDDEN * size),
    aligned(height * HIDDEN * size),          aligned(height * WIDE * size),   aligned(length * HEAD * size),
    aligned(length * HEAD * size),            aligned(length * QUERY_ROWS * sizeof(float)), aligned(length * QUERY_ROWS * size),
  };
  void *starts[sizeof parts / sizeof *parts];
  size_t total = 0;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) total += parts[i];
  // Pages of its own go back to the system at the end of the call; a heap would keep several megabytes for each thread. They
  // start as zeros: rows past the last are read by tile kernels and not used, but must be numbers.
  void *memory = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (memory == MAP_FAILED) return -1;
  w->memory = memory;
  w->size = total;
  for (size_t i = 0, at = 0; i < sizeof parts / sizeof *parts; at += parts[i++]) starts[i] = w->memory + at;
  w->residual = starts[0];
  w->activations = starts[1];
  w->qkv = starts[2];
  w->attended = starts[3];
  w->wide = starts[4];
  w->attention = (attention_scratch){starts[5], starts[6], starts[7], starts[8]};
  return 0;
}

// MARK: one group of texts

static int embed_tokens(const inference_model *m, const int32_t *ids, const int32_t *offsets, size_t first, size_t last, float *rows) {
  for (size_t text = first; text < last; text++) {
    for (int32_t i = offsets[text]; i < offsets[text + 1]; i++, rows += HIDDEN) {
      const float *position = m->positions + (size_t)(i - offsets[text]) * HIDDEN;
      const uint64_t place = m->words + (uint64_t)ids[i] * HIDDEN * sizeof(float);
      if (safetensors_copy(m->descriptor, place, rows, HIDDEN * sizeof(float)) != 0) return -1;
      for (int j = 0; j < HIDDEN; j++) rows[j] += position[j];
    }
  }
  return 0;
}

// The sum over a text's tokens, normalized: the division of a mean by the number of tokens cancels out.
static void pool(const float *rows, int length, float *vector) {
  float sum[HIDDEN] = {0};
  double squares = 0;
  for (int r = 0; r < length; r++)
    for (int j = 0; j < HIDDEN; j++) sum[j] += rows[(size_t)r * HIDDEN + j];
  for (int j = 0; j < HIDDEN; j++) squares += (double)sum[j] * sum[j];
  const float scale = squares > 0 ? (float)(1 / sqrt(squares)) : 0;
  for (int j = 0; j < HIDDEN; j++) vector[j] = sum[j] * scale;
}

static int embed_group(const inference_model *m, const int32_t *ids, const int32_t *offsets, size_t first, size_t last, workspace *w,
                       float *vectors) {
  const kernels *k = m->kernels;
  const int32_t start = offsets[first];
  const int rows = offsets[last] - start;
  if (embed_tokens(m, ids, offsets, first, last, w->residual) != 0) return INFERENCE_UNREADABLE;
  k->normalize(w->residual, w->activations, rows, m->gain, m->bias);
  for (int i = 0; i < LAYERS; i++) {
    const layer *l = &m->layers[i];
    k->apply(&l->qkv, w->activations, rows, STORE, w->qkv);
    for (size_t text = first; text < last; text++) {
      const size_t row = (size_t)(offsets[text] - start);
      const char *qkv = (const char *)w->qkv + row * 3 * HIDDEN * k->activation_size;
      char *attended = (char *)w->attended + row * HIDDEN * k->activation_size;
      for (int head = 0; head < HEADS; head++) k->attend(qkv, offsets[text + 1] - offsets[text], head, attended, &w->attention);
    }
    k->apply(&l->attention, w->attended, rows, ADD_RESIDUAL, w->residual);
    k->normalize(w->residual, w->activations, rows, l->attention_gain, l->attention_bias);
    k->apply(&l->widen, w->activations, rows, STORE_GELU, w->wide);
    k->apply(&l->narrow, w->wide, rows, ADD_RESIDUAL, w->residual);
    k->normalize(w->residual, w->activations, rows, l->output_gain, l->output_bias);
  }
  for (size_t text = first; text < last; text++)
    pool(w->residual + (size_t)(offsets[text] - start) * HIDDEN, offsets[text + 1] - offsets[text], vectors + text * HIDDEN);
  return INFERENCE_OK;
}

// MARK: the call

// Every length and id is checked before the first kernel runs: the kernels trust them.
static int check(const int32_t *ids, size_t id_count, const int32_t *offsets, size_t text_count, size_t capacity, int *longest) {
  if (id_count > INT32_MAX || text_count > id_count || capacity / HIDDEN < text_count) return INFERENCE_BAD_ARGUMENT;
  if (offsets[0] != 0 || offsets[text_count] != (int32_t)id_count) return INFERENCE_BAD_ARGUMENT;
  *longest = 0;
  for (size_t text = 0; text < text_count; text++) {
    const int64_t length = (int64_t)offsets[text + 1] - offsets[text];
    if (length < 1 || length > INFERENCE_MAXIMUM_LENGTH) return INFERENCE_BAD_ARGUMENT;
    if (length > *longest) *longest = (int)length;
  }
  for (size_t i = 0; i < id_count; i++)
    if (ids[i] < 0 || ids[i] >= INFERENCE_VOCABULARY) return INFERENCE_BAD_TOKEN;
  return INFERENCE_OK;
}

int inference_embed(const inference_model *model, const int32_t *ids, size_t id_count, const int32_t *offsets, size_t text_count,
                    float *vectors, size_t vector_capacity) {
  if (model == NULL) return INFERENCE_BAD_ARGUMENT;
  if (text_count == 0) return id_count == 0 ? INFERENCE_OK : INFERENCE_BAD_ARGUMENT;
  if (ids == NULL || offsets == NULL || vectors == NULL) return INFERENCE_BAD_ARGUMENT;
  int longest;
  const int status = check(ids, id_count, offsets, text_count, vector_capacity, &longest);
  if (status != INFERENCE_OK) return status;

  const int room = longest > GROUP ? longest : GROUP, rows = (int)id_count < room ? (int)id_count : room;
  workspace w;
  if (prepare(&w, model->kernels, rows) != 0) return INFERENCE_OUT_OF_MEMORY;
  int result = INFERENCE_OK;
  for (size_t first = 0; first < text_count && result == INFERENCE_OK;) {
    size_t last = first + 1;
    while (last < text_count && offsets[last + 1] - offsets[first] <= rows) last++;
    result = embed_group(model, ids, offsets, first, last, &w, vectors);
    first = last;
  }
  munmap(w.memory, w.size);
  return result;
}
