extension SQL {
    /// How many parameters the statement has.
    package var parameterCount: Int { parameters.slots.count }

    /// The parameters that are whole numbers, by their number in the text from 1 on.
    package var integerParameters: [Int: Int] {
        var integers: [Int: Int] = [:]
        for (index, slot) in parameters.slots.enumerated() {
            guard let length = slot.length, slot.isBinary, [.int4, .int8].contains(slot.type) else { continue }
            let bytes = parameters.bytes[slot.start..<slot.start + length]
            let pattern = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            integers[index + 1] = length == 4 ? Int(Int32(truncatingIfNeeded: pattern)) : Int(truncatingIfNeeded: pattern)
        }
        return integers
    }
}
