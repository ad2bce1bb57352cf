import Digests

/// The two files of a model, read and checked.
///
/// The weights stay an open file: what was hashed is what the kernel reads, also when somebody replaces the path meanwhile.
struct ModelFolder {
    /// What the files turned out to be.
    let identity: ModelIdentity
    /// The pieces of `vocab.txt`.
    let vocabulary: Vocabulary
    /// `model.safetensors`, open for reading.
    let weights: ReadOnlyFile

    // all-MiniLM-L6-v2 as published by sentence-transformers.
    private static let pinnedName = ModelIdentity.tested.name
    private static let pinnedWeights = ModelIdentity.tested.sha256
    private static let pinnedVocabulary = ModelIdentity.tested.vocabularySHA256
    private static let weightsName = "model.safetensors"
    private static let vocabularyName = "vocab.txt"
    private static let longestVocabulary = 4 << 20

    /// Opens the folder at `path`.
    ///
    /// Blocks for the time it takes to hash 91 MB. Throws `InferenceError`: `modelMissing` naming each file that is not there,
    /// `invalidModel` when a pin does not match or the vocabulary is unusable.
    init(path: String, verification: ModelVerification) throws(InferenceError) {
        let missing = [Self.weightsName, Self.vocabularyName].filter { !ReadOnlyFile.exists("\(path)/\($0)") }
        guard missing.isEmpty else {
            throw InferenceError(.modelMissing, "the model folder \(path) has no \(missing.joined(separator: " and no "))")
        }
        let weights = try ReadOnlyFile(path: "\(path)/\(Self.weightsName)")
        let weightsDigest = try weights.digest()
        let content = try ReadOnlyFile(path: "\(path)/\(Self.vocabularyName)").content(limit: Self.longestVocabulary)
        let vocabularyDigest = SHA256.hash(content).hexadecimal

        let isPinned = weightsDigest == Self.pinnedWeights && vocabularyDigest == Self.pinnedVocabulary
        if verification == .pinned && !isPinned {
            let wrong = weightsDigest == Self.pinnedWeights ? Self.vocabularyName : Self.weightsName
            let (found, expected) =
                weightsDigest == Self.pinnedWeights
                ? (vocabularyDigest, Self.pinnedVocabulary) : (weightsDigest, Self.pinnedWeights)
            throw InferenceError(.invalidModel, "\(path)/\(wrong) has the SHA-256 \(found), not \(expected) of \(Self.pinnedName)")
        }
        let folderName = path.split(separator: "/").last.map(String.init) ?? path
        identity = ModelIdentity(
            name: isPinned ? Self.pinnedName : folderName, sha256: weightsDigest, vocabularySHA256: vocabularyDigest,
            dimension: KernelModel.dimension, tokenLimit: SentenceEncoder.tokenLimit)
        vocabulary = try Vocabulary(content: content, limit: KernelModel.vocabularySize)
        self.weights = weights
    }
}
