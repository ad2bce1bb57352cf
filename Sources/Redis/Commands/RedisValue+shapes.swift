extension RedisValue {
    /// The reply as a number, or an error that names the command.
    func count(of command: StaticString) throws(RedisError) -> Int {
        guard let integer else { throw .unexpected(command) }
        return Int(integer)
    }

    /// The reply as an array, or an error that names the command.
    func elements(of command: StaticString) throws(RedisError) -> [RedisValue] {
        guard let array else { throw .unexpected(command) }
        return array
    }

    /// A flat array of names and values as pairs; a null is no fields; nil for other shapes.
    var fields: [RedisStreamEntry.Field]? {
        if isNull { return [] }
        guard let array, array.count.isMultiple(of: 2) else { return nil }
        var fields: [RedisStreamEntry.Field] = []
        fields.reserveCapacity(array.count / 2)
        for index in stride(from: 0, to: array.count, by: 2) {
            guard let name = array[index].string, let value = array[index + 1].bytes else { return nil }
            fields.append(RedisStreamEntry.Field(name: name, value: value))
        }
        return fields
    }

    /// A flat array of names and values as a dictionary; nil for other shapes.
    var dictionary: [String: RedisValue]? {
        guard let array, array.count.isMultiple(of: 2) else { return nil }
        var result: [String: RedisValue] = [:]
        for index in stride(from: 0, to: array.count, by: 2) {
            guard let name = array[index].string else { return nil }
            result[name] = array[index + 1]
        }
        return result
    }

    /// An array of stream entries, in order. Nulls, which stand for deleted entries in old servers, are left out.
    func entries(of command: StaticString) throws(RedisError) -> [RedisStreamEntry] {
        var entries: [RedisStreamEntry] = []
        for element in try elements(of: command) where !element.isNull {
            guard let parts = element.array, parts.count == 2, let id = parts[0].string, let fields = parts[1].fields else {
                throw .unexpected(command)
            }
            entries.append(RedisStreamEntry(id: id, fields: fields))
        }
        return entries
    }
}

extension RedisError {
    /// The error for a reply whose shape `command` does not have.
    static func unexpected(_ command: StaticString) -> RedisError {
        RedisError(.unexpectedReply, "Redis sent an unexpected reply to \(command)")
    }
}
