import CMessages
import Primitives

/// Collects the bytes of a message's fields in one block, so that C pointers to all of them can be lent together.
struct WireWriter {
    /// Where a field lies in the block.
    struct Slot {
        fileprivate let offset: Int
        fileprivate let count: Int
    }

    /// The block while C may point into it.
    @safe struct Block {
        fileprivate let base: UnsafeMutablePointer<UInt8>

        func text(_ slot: Slot) -> UnsafeMutablePointer<CChar> {
            unsafe UnsafeMutableRawPointer(base + slot.offset).assumingMemoryBound(to: CChar.self)
        }

        func data(_ slot: Slot) -> ProtobufCBinaryData { unsafe ProtobufCBinaryData(len: slot.count, data: base + slot.offset) }
    }

    private var bytes: [UInt8] = []

    /// Adds a text of at most `limit` bytes without a zero byte.
    mutating func add(_ text: String, _ field: String, limit: Int) throws(MessageError) -> Slot {
        guard text.utf8.count <= limit else { throw .tooLarge(field, limit: ByteCount(bytes: limit)) }
        guard !text.utf8.contains(0) else { throw .invalid(field, "has a zero byte") }
        let slot = add(text.utf8)
        bytes.append(0)
        return slot
    }

    /// Adds raw bytes.
    mutating func add(_ data: some Collection<UInt8>) -> Slot {
        let slot = Slot(offset: bytes.count, count: data.count)
        bytes.append(contentsOf: data)
        return slot
    }

    /// Packs the message that `fill` completes, and adds the unknown fields, which may stand anywhere.
    consuming func pack<Message>(
        _ message: Message, size: (UnsafePointer<Message>?) -> Int,
        pack: (UnsafePointer<Message>?, UnsafeMutablePointer<UInt8>?) -> Int, unknown: UnknownFields,
        as name: String, limit: ByteCount, fill: (inout Message, Block) -> Void
    ) throws(MessageError) -> [UInt8] {
        var message = message
        // Never empty, so that there is an address.
        bytes.append(0)
        let packed = unsafe bytes.withUnsafeMutableBufferPointer { block -> [UInt8]? in
            guard let base = block.baseAddress else { return nil }
            unsafe fill(&message, Block(base: base))
            let count = unsafe size(&message)
            guard count + unknown.bytes.count <= limit.bytes else { return nil }
            return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
                initialized = unsafe pack(&message, buffer.baseAddress)
            }
        }
        guard let packed else { throw .tooLarge(name, limit: limit) }
        return packed + unknown.bytes
    }
}
