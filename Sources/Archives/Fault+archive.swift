import Domain

extension Fault {
    /// An archive that cannot be read for what it is.
    static func archive(_ code: ArchiveCode, _ message: String, limit: String? = nil, hint: String? = nil) -> Fault {
        Fault(.security, code: code.rawValue, message, field: "archive", limit: limit, hint: hint)
    }

    /// The disk does not do what was asked of it.
    static func disk(_ call: String, _ number: Int32) -> Fault {
        Fault(
            .resourceExhausted, code: "E_STORAGE", "The archive cannot be extracted: \(call) failed (errno \(number)).",
            hint: "Check space and rights of the worker's disk.", isTransient: true)
    }
}

/// Codes of the extractor beyond those of the gates.
enum ArchiveCode: String {
    /// Neither zip nor tar, or damaged.
    case corrupt = "E_EXTRACT_CORRUPT"
    /// Needs a password.
    case encrypted = "E_EXTRACT_ENCRYPTED"
    /// More entries than the extractor looks at.
    case entries = "E_ENTRY_BUDGET"
    /// Parts of the archive are used twice.
    case overlap = "E_BOMB_RATIO"
    /// Not a plain file with plain content.
    case special = "E_SPECIAL_TYPE"
    /// A name that is not what it looks like.
    case portability = "E_PORTABILITY"
    /// The folder is there already.
    case taken = "E_OVERWRITE_ROOT"
}
