import Glibc

// C strings for the length of a call: the only raw pointers of this module beside the call itself.

/// Lends two arrays of C strings, each ended by a null pointer.
func withStrings<Result>(
    _ first: [String], _ second: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?, UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Result
) -> Result {
    let copies = unsafe (first.map { unsafe strdup($0) } + [nil], second.map { unsafe strdup($0) } + [nil])
    defer {
        unsafe (copies.0 + copies.1).forEach { unsafe free($0) }
    }
    return unsafe copies.0.withUnsafeBufferPointer { first in
        unsafe copies.1.withUnsafeBufferPointer { second in unsafe body(first.baseAddress, second.baseAddress) }
    }
}

/// Lends a C string, or a null pointer for nil.
func withOptionalString<Result>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let string else { return body(nil) }
    return unsafe string.withCString { unsafe body($0) }
}
