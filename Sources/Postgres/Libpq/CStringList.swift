import CLibpq

/// Lends Swift strings to C as a NULL-terminated list of C strings.
enum CStringList {
    /// `body` gets pointers that are good until it returns.
    static func with<Result>(_ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result) -> Result {
        var bytes: [CChar] = []
        var starts: [Int] = []
        for string in strings {
            starts.append(bytes.count)
            bytes.append(contentsOf: string.utf8.map { CChar(bitPattern: $0) })
            bytes.append(0)
        }
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            // The starts lie inside the buffer, and there is a base address unless there are no strings.
            var pointers: [UnsafePointer<CChar>?] = unsafe starts.map { start in unsafe buffer.baseAddress.map { unsafe $0 + start } }
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeBufferPointer { list in
                guard let base = list.baseAddress else { preconditionFailure("A list with a terminator is never empty.") }
                return unsafe body(base)
            }
        }
    }
}

extension ParameterBuffer {
    /// Lends the parameters as libpq's three parallel lists, good until `body` returns. Every slot lies inside the buffer.
    func withPointers<Result>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> Result
    ) -> Result {
        guard !slots.isEmpty else { return body(nil, nil, nil) }
        let lengths = slots.map { Int32($0.length ?? 0) }
        let formats: [Int32] = slots.map { $0.isBinary ? 1 : 0 }
        // An empty buffer has no address, but an empty value needs one: NULL would mean SQL NULL.
        return unsafe (bytes.isEmpty ? [0] : bytes).withUnsafeBytes { buffer in
            let base = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let pointers: [UnsafePointer<CChar>?] = unsafe slots.map { slot in
                guard slot.length != nil, let base = unsafe base else { return nil }
                return unsafe base + slot.start
            }
            return unsafe pointers.withUnsafeBufferPointer { values in
                unsafe lengths.withUnsafeBufferPointer { lengths in
                    unsafe formats.withUnsafeBufferPointer { formats in
                        unsafe body(values.baseAddress, lengths.baseAddress, formats.baseAddress)
                    }
                }
            }
        }
    }
}
