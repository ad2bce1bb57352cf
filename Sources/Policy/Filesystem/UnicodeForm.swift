internal import CUnicode

/// Normal forms of Unicode text, by libutf8proc: the run-time's own are not public, and FoundationEssentials has none.
enum UnicodeForm {
    /// `text` in normal form C; `nil` when it is not UTF-8.
    static func composed(_ text: [UInt8]) -> String? {
        // Plain ASCII is its own normal form, and nearly all paths are that.
        if text.allSatisfy({ $0 < 0x80 }) { return String(decoding: text, as: UTF8.self) }
        return map(text, UTF8PROC_COMPOSE)
    }

    /// `text` with case folded, in normal form C, without characters that are not shown: equal for two names that one of the common file
    /// systems takes for the same.
    static func folded(_ text: String) -> String {
        let options = UTF8PROC_COMPOSE.rawValue | UTF8PROC_CASEFOLD.rawValue | UTF8PROC_IGNORE.rawValue
        return map(Array(text.utf8), utf8proc_option_t(options)) ?? text
    }

    /// `utf8proc_map`, whose result this frees.
    private static func map(_ text: [UInt8], _ form: utf8proc_option_t) -> String? {
        let options = utf8proc_option_t(UTF8PROC_STABLE.rawValue | form.rawValue)
        var output: UnsafeMutablePointer<UInt8>?
        let count = unsafe text.withUnsafeBufferPointer { input in
            unsafe utf8proc_map(input.baseAddress, input.count, &output, options)
        }
        guard let output = unsafe output else { return nil }
        defer { unsafe free(output) }
        guard count >= 0 else { return nil }
        return unsafe String(decoding: UnsafeBufferPointer(start: output, count: count), as: UTF8.self)
    }
}
