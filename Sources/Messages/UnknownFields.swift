/// Fields that a newer sender added, as protobuf bytes: kept when a message is read and written again.
package struct UnknownFields: Sendable, Hashable {
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// No such fields.
    package static let none = UnknownFields(bytes: [])

    /// Whether there are none.
    package var isEmpty: Bool { bytes.isEmpty }
}
