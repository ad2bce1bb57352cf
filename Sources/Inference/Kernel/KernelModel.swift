import CInference

/// The best instruction set of the machine as the kernel numbers them.
func kernelBestInstructionSet() -> Int32 { inference_best_instruction_set() }

/// A model loaded by the C kernel. Any number of threads may embed with it at once.
@safe final class KernelModel: @unchecked Sendable {
    // Unchecked: the C model is immutable from inference_open to inference_close, which deinit alone calls.
    private let model: OpaquePointer
    // Keeps the descriptor open that the kernel reads the word table from.
    private let weights: ReadOnlyFile

    /// Values in a vector.
    static let dimension = Int(INFERENCE_DIMENSION)
    /// Ids that the word table has rows for.
    static let vocabularySize = Int(INFERENCE_VOCABULARY)
    /// Most tokens of one text.
    static let maximumLength = Int(INFERENCE_MAXIMUM_LENGTH)

    /// Reads and packs the weights (`inference_open`), about 50 ms.
    ///
    /// Throws `InferenceError`: `unsupportedInstructionSet`, or `invalidModel` for a file that is not this model.
    init(weights: ReadOnlyFile, instructionSet: InstructionSet) throws(InferenceError) {
        guard instructionSet <= .best else {
            throw InferenceError(
                .unsupportedInstructionSet, "this processor cannot run \(instructionSet), only up to \(InstructionSet.best)")
        }
        var message = [CChar](repeating: 0, count: 200)
        // The message has the length that is passed.
        let opened = unsafe message.withUnsafeMutableBufferPointer { buffer in
            unsafe inference_open(weights.descriptor, instructionSet.rawValue, buffer.baseAddress, buffer.count)
        }
        guard let opened = unsafe opened else {
            let reason = String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            throw InferenceError(.invalidModel, "model.safetensors cannot be used: \(reason)")
        }
        unsafe model = opened
        self.weights = weights
    }

    deinit { unsafe inference_close(model) }

    /// The instruction set in use; never `automatic`.
    var instructionSet: InstructionSet { InstructionSet(rawValue: unsafe inference_instruction_set(model)) ?? .portable }

    /// Vectors of `texts`, each the ids of one text (1 to 512), in the same order, with Euclidean norm 1. Blocks the thread.
    ///
    /// Throws `InferenceError`: `invalidModel` for an id or length that the model does not have or a word table that cannot be
    /// read any more, `outOfResources` without memory.
    func embed(_ texts: [[Int32]]) throws(InferenceError) -> [[Float]] {
        var ids: [Int32] = []
        var offsets: [Int32] = [0]
        ids.reserveCapacity(texts.reduce(0) { $0 + $1.count })
        for text in texts {
            ids += text
            offsets.append(Int32(clamping: ids.count))
        }
        return try embed(ids: ids, offsets: offsets)
    }

    /// As above on the kernel's own layout: `offsets` cuts `ids` into texts.
    func embed(ids: [Int32], offsets: [Int32]) throws(InferenceError) -> [[Float]] {
        let count = max(0, offsets.count - 1)
        var values = [Float](repeating: 0, count: count * Self.dimension)
        // Four arrays lent for the call with their lengths; the kernel checks those against each other.
        let status = unsafe ids.withUnsafeBufferPointer { ids in
            unsafe offsets.withUnsafeBufferPointer { offsets in
                unsafe values.withUnsafeMutableBufferPointer { values in
                    unsafe inference_embed(
                        model, ids.baseAddress, ids.count, offsets.baseAddress, count, values.baseAddress, values.count)
                }
            }
        }
        switch Int(status) {
        case Int(INFERENCE_OK): break
        case Int(INFERENCE_BAD_TOKEN): throw InferenceError(.invalidModel, "a token id is outside the model's vocabulary")
        case Int(INFERENCE_OUT_OF_MEMORY): throw InferenceError(.outOfResources, "no memory for the activations of \(ids.count) tokens")
        case Int(INFERENCE_UNREADABLE): throw InferenceError(.invalidModel, "the word table cannot be read from model.safetensors")
        default: throw InferenceError(.invalidModel, "the lengths of \(count) texts with \(ids.count) tokens do not fit the model")
        }
        return (0..<count).map { Array(values[$0 * Self.dimension..<($0 + 1) * Self.dimension]) }
    }
}
