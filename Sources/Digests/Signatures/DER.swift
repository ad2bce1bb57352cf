/// The little of DER (ITU-T X.690) that keys and signatures are wrapped in.
enum DER {
    static func sequence(_ parts: [UInt8]...) -> [UInt8] { tagged(0x30, parts.flatMap(\.self)) }

    /// A number that is not negative, from its bytes with the highest first.
    static func integer(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var bytes = Array(bytes.drop { $0 == 0 })
        // Without the zero the number would count as negative.
        if bytes.first.map({ $0 >= 0x80 }) ?? true { bytes.insert(0, at: 0) }
        return tagged(0x02, bytes)
    }

    static func bits(_ bytes: [UInt8]) -> [UInt8] { tagged(0x03, [0] + bytes) }

    /// An object identifier that is encoded already.
    static func identifier(_ bytes: [UInt8]) -> [UInt8] { tagged(0x06, bytes) }

    static let null: [UInt8] = [0x05, 0x00]

    private static func tagged(_ tag: UInt8, _ body: [UInt8]) -> [UInt8] {
        guard body.count >= 0x80 else { return [tag, UInt8(body.count)] + body }
        var length: [UInt8] = []
        var rest = body.count
        while rest > 0 {
            length.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        }
        return [tag, 0x80 | UInt8(length.count)] + length + body
    }
}
