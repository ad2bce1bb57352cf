internal import CStemmer

/// The English Snowball stemmer (Porter 2) of libstemmer. Not for use by two threads at once.
@safe struct Stemmer: ~Copyable {
    // Freed in deinit by sb_stemmer_delete.
    private let handle: OpaquePointer

    init() {
        guard let handle = unsafe sb_stemmer_new("english", "UTF_8") else {
            preconditionFailure("libstemmer cannot allocate the English stemmer, which is part of it")
        }
        unsafe self.handle = handle
    }

    deinit { unsafe sb_stemmer_delete(handle) }

    /// The stem of `word`, which is in lower case: `connections` gives `connect`.
    func stem(_ word: [UInt8]) -> [UInt8] {
        unsafe word.withUnsafeBufferPointer { input in
            // The result belongs to the stemmer and lives until its next call.
            guard let stem = unsafe sb_stemmer_stem(handle, input.baseAddress, Int32(input.count)) else { return word }
            return unsafe Array(UnsafeBufferPointer(start: stem, count: Int(sb_stemmer_length(handle))))
        }
    }
}
