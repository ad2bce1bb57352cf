#include "model.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "safetensors.h"

// MARK: loading tensors

typedef struct {
  inference_model *model;
  int descriptor;
  safetensors header;
  float *buffer;  // room for the largest weight of a layer
  char *message;
  size_t size;
} loader;

__attribute__((format(printf, 2, 3))) static int fail(loader *l, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(l->message, l->size, format, arguments);
  va_end(arguments);
  return -1;
}

static int read_floats(loader *l, const char *name, uint64_t rows, uint64_t columns, float *values) {
  const tensor *t = safetensors_find(&l->header, name, rows, columns);
  if (t == NULL) return fail(l, "the tensor %s is missing or has another type or shape", name);
  if (safetensors_copy(l->descriptor, l->header.data + t->begin, values, t->end - t->begin) != 0)
    return fail(l, "the tensor %s cannot be read", name);
  return 0;
}

static void *allocate(size_t bytes) {
  void *memory = NULL;
  return posix_memalign(&memory, 64, bytes) == 0 ? memory : NULL;
}

static int load_vector(loader *l, const char *name, float **values) {
  if ((*values = allocate(HIDDEN * sizeof(float))) == NULL) return fail(l, "there is no memory");
  return read_floats(l, name, 0, HIDDEN, *values);
}

// MARK: packing

static uint16_t to_bf16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

// Rows `first` up to `first + rows` of a layer, from the weights in the loader's buffer.
static void pack(const loader *l, linear *layer, int first, int rows, float scale) {
  const kernels *k = l->model->kernels;
  const int panel = k->panel, depth = layer->inputs;
  for (int r = 0; r < rows; r++) {
    const int output = first + r, column = output % panel;
    const float *row = l->buffer + (size_t)r * depth;
    const size_t start = (size_t)(output - column) * depth;
    if (k->activation_size == sizeof(uint16_t)) {
      uint16_t *to = (uint16_t *)layer->weights + start + 2 * column;
      for (int x = 0; x < depth; x++) to[(size_t)(x / 2) * 2 * panel + (x & 1)] = to_bf16(row[x] * scale);
    } else {
      float *to = (float *)layer->weights + start + column;
      for (int x = 0; x < depth; x++) to[(size_t)x * panel] = row[x] * scale;
    }
  }
}

static int reserve(loader *l, linear *layer, int outputs, int inputs) {
  layer->outputs = outputs;
  layer->inputs = inputs;
  layer->weights = allocate((size_t)outputs * inputs * l->model->kernels->activation_size);
  layer->bias = allocate((size_t)outputs * sizeof(float));
  return layer->weights && layer->bias ? 0 : fail(l, "there is no memory");
}

static int load_part(loader *l, linear *layer, const char *name, int first, int rows, float scale) {
  char full[96];
  snprintf(full, sizeof full, "%s.weight", name);
  if (read_floats(l, full, (uint64_t)rows, (uint64_t)layer->inputs, l->buffer) != 0) return -1;
  pack(l, layer, first, rows, scale);
  snprintf(full, sizeof full, "%s.bias", name);
  if (read_floats(l, full, 0, (uint64_t)rows, layer->bias + first) != 0) return -1;
  for (int r = first; r < first + rows; r++) layer->bias[r] *= scale;
  return 0;
}

static int load_linear(loader *l, linear *layer, const char *name, int outputs, int inputs) {
  return reserve(l, layer, outputs, inputs) != 0 ? -1 : load_part(l, layer, name, 0, outputs, 1.f);
}

// MARK: the model

static int load_layer(loader *l, int index) {
  layer *to = &l->model->layers[index];
  char name[96];
#define NAMED(suffix) (snprintf(name, sizeof name, "encoder.layer.%d." suffix, index), name)
  // Queries are scaled once here instead of every score at run time.
  const float scale = 1.f / sqrtf(HEAD);
  if (reserve(l, &to->qkv, 3 * HIDDEN, HIDDEN) != 0) return -1;
  if (load_part(l, &to->qkv, NAMED("attention.self.query"), 0, HIDDEN, scale) != 0) return -1;
  if (load_part(l, &to->qkv, NAMED("attention.self.key"), HIDDEN, HIDDEN, 1.f) != 0) return -1;
  if (load_part(l, &to->qkv, NAMED("attention.self.value"), 2 * HIDDEN, HIDDEN, 1.f) != 0) return -1;
  if (load_linear(l, &to->attention, NAMED("attention.output.dense"), HIDDEN, HIDDEN) != 0) return -1;
  if (load_linear(l, &to->widen, NAMED("intermediate.dense"), WIDE, HIDDEN) != 0) return -1;
  if (load_linear(l, &to->narrow, NAMED("output.dense"), HIDDEN, WIDE) != 0) return -1;
  if (load_vector(l, NAMED("attention.output.LayerNorm.weight"), &to->attention_gain) != 0) return -1;
  if (load_vector(l, NAMED("attention.output.LayerNorm.bias"), &to->attention_bias) != 0) return -1;
  if (load_vector(l, NAMED("output.LayerNorm.weight"), &to->output_gain) != 0) return -1;
  return load_vector(l, NAMED("output.LayerNorm.bias"), &to->output_bias);
#undef NAMED
}

static int load_embeddings(loader *l) {
  inference_model *m = l->model;
  const char *words = "embeddings.word_embeddings.weight";
  const tensor *table = safetensors_find(&l->header, words, INFERENCE_VOCABULARY, HIDDEN);
  if (table == NULL) return fail(l, "the tensor %s is missing or has another type or shape", words);
  m->words = l->header.data + table->begin;
  const size_t values = (size_t)INFERENCE_MAXIMUM_LENGTH * HIDDEN;
  if ((m->positions = allocate(values * sizeof(float))) == NULL) return fail(l, "there is no memory");
  if (read_floats(l, "embeddings.position_embeddings.weight", INFERENCE_MAXIMUM_LENGTH, HIDDEN, m->positions) != 0) return -1;
  if (read_floats(l, "embeddings.token_type_embeddings.weight", 2, HIDDEN, l->buffer) != 0) return -1;
  for (size_t i = 0; i < values; i++) m->positions[i] += l->buffer[i % HIDDEN];
  if (load_vector(l, "embeddings.LayerNorm.weight", &m->gain) != 0) return -1;
  return load_vector(l, "embeddings.LayerNorm.bias", &m->bias);
}

static int load(loader *l) {
  const char *reason = "";
  if (safetensors_read(l->descriptor, &l->header, &reason) != 0) return fail(l, "%s", reason);
  if ((l->buffer = allocate((size_t)WIDE * HIDDEN * sizeof(float))) == NULL) return fail(l, "there is no memory");
  if (load_embeddings(l) != 0) return -1;
  for (int i = 0; i < LAYERS; i++)
    if (load_layer(l, i) != 0) return -1;
  return 0;
}

inference_model *inference_open(int descriptor, int instruction_set, char *message, size_t size) {
  const int best = inference_best_instruction_set();
  if (instruction_set < INFERENCE_AUTOMATIC || instruction_set > best) {
    snprintf(message, size, "this processor lacks the instruction set asked for");
    return NULL;
  }
  inference_model *model = calloc(1, sizeof *model);
  loader *l = calloc(1, sizeof *l);
  int failed = -1;
  if (model == NULL || l == NULL) {
    snprintf(message, size, "there is no memory");
  } else {
    model->instruction_set = instruction_set == INFERENCE_AUTOMATIC ? best : instruction_set;
    model->kernels = inference_kernels(model->instruction_set);
    model->descriptor = descriptor;
    *l = (loader){.model = model, .descriptor = descriptor, .message = message, .size = size};
    failed = load(l);
    safetensors_free(&l->header);
    free(l->buffer);
  }
  free(l);
  if (failed == 0) return model;
  inference_close(model);
  return NULL;
}

void inference_close(inference_model *model) {
  if (model == NULL) return;
  for (int i = 0; i < LAYERS; i++) {
    layer *l = &model->layers[i];
    linear *linears[] = {&l->qkv, &l->attention, &l->widen, &l->narrow};
    for (int j = 0; j < 4; j++) {
      free(linears[j]->weights);
      free(linears[j]->bias);
    }
    free(l->attention_gain);
    free(l->attention_bias);
    free(l->output_gain);
    free(l->output_bias);
  }
  free(model->positions);
  free(model->gain);
  free(model->bias);
  free(model);
}

int inference_instruction_set(const inference_model *model) { return model->instruction_set; }
