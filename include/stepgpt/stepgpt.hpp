// stepgpt: a GPT you can step through. This is its table of contents, in the order in which data flows.
#pragma once

// What every room stands on: tensors, vectors of floats, threads, random numbers by place, errors that teach, traces.
#include <stepgpt/core/device.hpp>
#include <stepgpt/core/error.hpp>
#include <stepgpt/core/file.hpp>
#include <stepgpt/core/parallel.hpp>
#include <stepgpt/core/parameter.hpp>
#include <stepgpt/core/profile.hpp>
#include <stepgpt/core/random.hpp>
#include <stepgpt/core/tensor.hpp>
#include <stepgpt/core/trace.hpp>

// 1. Text: files become documents; tales are stories that write themselves.
#include <stepgpt/text/read.hpp>
#include <stepgpt/text/tales.hpp>

// 2. Tokens: documents become ids, and ids text again.
#include <stepgpt/token/tokenizer.hpp>
#include <stepgpt/token/tokenizer_files.hpp>

// 3. Batches: ids become questions (inputs) and answers (targets).
#include <stepgpt/batch/data_folder.hpp>
#include <stepgpt/batch/loader.hpp>
#include <stepgpt/batch/write_data_folder.hpp>

// 4. The model: from ids to logits to a loss, and back to gradients.
#include <stepgpt/nn/gpt.hpp>

// 5. Learning: gradients become better weights.
#include <stepgpt/optim/optimizer.hpp>
#include <stepgpt/optim/schedule.hpp>

// 6. The loop: steps, evaluations, checkpoints, and a doctor who watches.
#include <stepgpt/train/memory.hpp>
#include <stepgpt/train/trainer.hpp>

// 7. Writing: weights become text.
#include <stepgpt/generate/generate.hpp>

// 8. Your own copy: some weights learn, or small matrices beside them, from questions and answers.
#include <stepgpt/finetune/adapter.hpp>
#include <stepgpt/finetune/change.hpp>
#include <stepgpt/finetune/freeze.hpp>
#include <stepgpt/finetune/instruction.hpp>
#include <stepgpt/finetune/lora.hpp>
#include <stepgpt/train/multiple_choice.hpp>

// 9. Keeping: it goes out into files that others can read, and theirs come in.
#include <stepgpt/format/generation_config.hpp>
#include <stepgpt/format/gguf_model.hpp>
#include <stepgpt/format/hugging_face.hpp>
#include <stepgpt/format/llmc.hpp>
