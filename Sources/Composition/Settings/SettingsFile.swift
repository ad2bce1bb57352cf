import CYAML
import FoundationEssentials

/// A YAML file of settings: one mapping from keys to scalars, or to lists of scalars, which count as comma-separated.
///
/// Read with libyaml's event parser; aliases, tags and deeper nesting are refused.
struct SettingsFile {
    /// Values by key.
    let values: [String: String]

    /// - Throws: ``SettingsError`` that names the file and what is wrong with it.
    init(path: String) throws(SettingsError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SettingsError(["PORTOLAN_CONFIG: the file \(path) cannot be read"])
        }
        guard data.count <= 1 << 20 else { throw SettingsError(["PORTOLAN_CONFIG: the file \(path) is larger than 1 MiB"]) }
        do {
            values = try Self.parse(Array(data))
        } catch {
            throw SettingsError(["PORTOLAN_CONFIG: \(path): \(error.reason)"])
        }
    }

    struct Malformed: Error { let reason: String }

    private enum Place { case start, key, value(String), list(String, [String]), end }

    static func parse(_ bytes: [UInt8]) throws(Malformed) -> [String: String] {
        var parser = unsafe yaml_parser_t()
        guard unsafe yaml_parser_initialize(&parser) == 1 else { throw Malformed(reason: "the YAML reader cannot start") }
        defer { unsafe yaml_parser_delete(&parser) }
        let result: Result<[String: String], Malformed> = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
            var values: [String: String] = [:]
            var place = Place.start
            while true {
                var event = unsafe yaml_event_t()
                guard unsafe yaml_parser_parse(&parser, &event) == 1 else {
                    let line = unsafe parser.problem_mark.line + 1
                    return .failure(Malformed(reason: "line \(line) is not valid YAML"))
                }
                defer { unsafe yaml_event_delete(&event) }
                let line = unsafe event.start_mark.line + 1
                switch unsafe event.type {
                case YAML_STREAM_END_EVENT: return .success(values)
                case YAML_STREAM_START_EVENT, YAML_DOCUMENT_START_EVENT, YAML_DOCUMENT_END_EVENT, YAML_NO_EVENT: continue
                case YAML_MAPPING_START_EVENT:
                    guard case .start = place else { return .failure(Malformed(reason: "line \(line): settings are not nested")) }
                    place = .key
                case YAML_MAPPING_END_EVENT: place = .end
                case YAML_SEQUENCE_START_EVENT:
                    guard case .value(let key) = place else { return .failure(Malformed(reason: "line \(line): a list needs a key")) }
                    place = .list(key, [])
                case YAML_SEQUENCE_END_EVENT:
                    guard case .list(let key, let items) = place else { return .failure(Malformed(reason: "line \(line): unexpected end")) }
                    values[key] = items.joined(separator: ",")
                    place = .key
                case YAML_SCALAR_EVENT:
                    let text = unsafe String(
                        decoding: UnsafeBufferPointer(start: event.data.scalar.value, count: event.data.scalar.length), as: UTF8.self)
                    switch place {
                    case .key:
                        guard values[text] == nil else { return .failure(Malformed(reason: "line \(line): the key \(text) appears twice")) }
                        place = .value(text)
                    case .value(let key):
                        values[key] = text
                        place = .key
                    case .list(let key, let items): place = .list(key, items + [text])
                    case .start, .end:
                        // An empty file is one empty scalar.
                        if !text.isEmpty { return .failure(Malformed(reason: "line \(line): the file must be a mapping")) }
                    }
                default: return .failure(Malformed(reason: "line \(line): aliases are not allowed"))
                }
            }
        }
        return try result.get()
    }
}

/// Settings that are wrong: one line for each mistake.
package struct SettingsError: Error, Sendable, CustomStringConvertible {
    package let lines: [String]

    package init(_ lines: [String]) { self.lines = lines }

    package var description: String { lines.joined(separator: "\n") }
}
