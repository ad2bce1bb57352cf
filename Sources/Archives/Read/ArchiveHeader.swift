import Policy

/// What an archive says about an entry before its content.
struct ArchiveHeader {
    /// The path as it is written.
    let path: [UInt8]
    let kind: ExtractionEntry.Kind
    /// Declared size in bytes; nil when the format does not say.
    let size: Int64?
    let isEncrypted: Bool
    /// Whether parts of the content are only implied.
    let isSparse: Bool
}
