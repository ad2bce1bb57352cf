import APIModel
import FoundationEssentials

/// Decodes any wire type from nothing, and records what it asks for.
struct RecordingDecoder: Decoder {
    let record: Recording
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Members<Key>(record: record))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw Unreadable() }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw Unreadable() }

    /// A wire type that is neither an object nor one of the kinds that the schema reader knows.
    struct Unreadable: Error {}

    /// A value of `type` that is as good as any.
    static func sample<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let candidates: [Any?] = ["", false, 0, Int64(0), 0.0, Date(timeIntervalSince1970: 0), (type as? any ChoiceType.Type)?.any]
        for candidate in candidates { if let value = candidate as? Value { return value } }
        if let empty = (type as? any EmptyType.Type)?.empty as? Value { return empty }
        return try Value(from: RecordingDecoder(record: Recording()))
    }
}

private protocol EmptyType { static var empty: Any { get } }
extension Array: EmptyType { fileprivate static var empty: Any { [Element]() } }
extension Dictionary: EmptyType { fileprivate static var empty: Any { [Key: Value]() } }

extension JobState: ChoiceType {}
extension RunPriority: ChoiceType {}
extension SearchMode: ChoiceType {}
extension ProblemCategory: ChoiceType {}

private struct Members<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let record: Recording
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) -> Bool { false }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        record.add(key.stringValue, type, isOptional: false)
        return try RecordingDecoder.sample(type)
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        record.add(key.stringValue, type, isOptional: true)
        return nil
    }

    private func wanted<Value: Decodable>(_ key: Key, _ value: Value) -> Value {
        record.add(key.stringValue, Value.self, isOptional: false)
        return value
    }

    private func optional<Value: Decodable>(_ key: Key, _ type: Value.Type) -> Value? {
        record.add(key.stringValue, type, isOptional: true)
        return nil
    }

    func decode(_ type: Bool.Type, forKey key: Key) -> Bool { wanted(key, false) }
    func decode(_ type: String.Type, forKey key: Key) -> String { wanted(key, "") }
    func decode(_ type: Double.Type, forKey key: Key) -> Double { wanted(key, 0) }
    func decode(_ type: Float.Type, forKey key: Key) -> Float { wanted(key, 0) }
    func decode(_ type: Int.Type, forKey key: Key) -> Int { wanted(key, 0) }
    func decode(_ type: Int8.Type, forKey key: Key) -> Int8 { wanted(key, 0) }
    func decode(_ type: Int16.Type, forKey key: Key) -> Int16 { wanted(key, 0) }
    func decode(_ type: Int32.Type, forKey key: Key) -> Int32 { wanted(key, 0) }
    func decode(_ type: Int64.Type, forKey key: Key) -> Int64 { wanted(key, 0) }
    func decode(_ type: UInt.Type, forKey key: Key) -> UInt { wanted(key, 0) }
    func decode(_ type: UInt8.Type, forKey key: Key) -> UInt8 { wanted(key, 0) }
    func decode(_ type: UInt16.Type, forKey key: Key) -> UInt16 { wanted(key, 0) }
    func decode(_ type: UInt32.Type, forKey key: Key) -> UInt32 { wanted(key, 0) }
    func decode(_ type: UInt64.Type, forKey key: Key) -> UInt64 { wanted(key, 0) }
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) -> Bool? { optional(key, type) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) -> String? { optional(key, type) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) -> Double? { optional(key, type) }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) -> Float? { optional(key, type) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) -> Int? { optional(key, type) }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) -> Int8? { optional(key, type) }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) -> Int16? { optional(key, type) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) -> Int32? { optional(key, type) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) -> Int64? { optional(key, type) }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) -> UInt? { optional(key, type) }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) -> UInt8? { optional(key, type) }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) -> UInt16? { optional(key, type) }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) -> UInt32? { optional(key, type) }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) -> UInt64? { optional(key, type) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        throw RecordingDecoder.Unreadable()
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw RecordingDecoder.Unreadable() }
    func superDecoder() throws -> any Decoder { throw RecordingDecoder.Unreadable() }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw RecordingDecoder.Unreadable() }
}
