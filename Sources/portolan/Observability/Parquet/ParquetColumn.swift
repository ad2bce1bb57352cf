/// A column of a table in Parquet, with the values of the row group that is being filled: plain encoding, no compression.
struct ParquetColumn {
    /// What the values are.
    enum Kind {
        case int64
        /// Milliseconds since 1970 in UTC.
        case timestamp
        case text
        case json

        /// The physical type: INT64 or BYTE_ARRAY.
        fileprivate var physical: Int32 { isText ? 6 : 2 }

        fileprivate var isText: Bool {
            switch self {
            case .int64, .timestamp: false
            case .text, .json: true
            }
        }

        /// The meaning of the physical type: UTF8, TIMESTAMP_MILLIS, JSON.
        fileprivate var converted: Int32? {
            switch self {
            case .int64: nil
            case .timestamp: 9
            case .text: 0
            case .json: 19
            }
        }
    }

    let name: String
    let kind: Kind
    let isOptional: Bool
    private var values: [UInt8] = []
    /// Runs of rows with or without a value, as definition levels.
    private var runs: [(count: UInt64, level: UInt8)] = []

    init(_ name: String, _ kind: Kind, isOptional: Bool = false) { (self.name, self.kind, self.isOptional) = (name, kind, isOptional) }

    /// How many bytes wait.
    var size: Int { values.count }

    mutating func append(_ number: Int64) {
        precondition(!kind.isText)
        define(1)
        values.append(littleEndian: number)
    }

    /// - Parameter text: nil only in a column that is optional.
    mutating func append(_ text: String?) {
        precondition(kind.isText && (isOptional || text != nil))
        define(text == nil ? 0 : 1)
        guard let text else { return }
        values.append(littleEndian: UInt32(text.utf8.count))
        values += text.utf8
    }

    private mutating func define(_ level: UInt8) {
        guard isOptional else { return }
        if runs.last?.level == level { runs[runs.count - 1].count += 1 } else { runs.append((1, level)) }
    }

    /// The column in the schema.
    var element: CompactStruct {
        var element = CompactStruct()
        element.add(kind.physical, 1)
        element.add(Int32(isOptional ? 1 : 0), 3)
        element.add(name, 4)
        if let converted = kind.converted { element.add(converted, 6) }
        return element
    }

    /// Takes the values out as one page of a chunk that begins at `offset` of the file, with the chunk's metadata.
    mutating func chunk(rows: Int, at offset: Int) -> (bytes: [UInt8], metadata: CompactStruct) {
        var levels: [UInt8] = []
        for run in runs {
            levels.append(variable: run.count << 1)
            levels.append(run.level)
        }
        var page: [UInt8] = []
        if isOptional {
            page.append(littleEndian: UInt32(levels.count))
            page += levels
        }
        page += values
        (values, runs) = ([], [])

        var data = CompactStruct()
        data.add(Int32(rows), 1)
        data.add(Int32(0), 2)  // PLAIN
        data.add(Int32(3), 3)  // RLE
        data.add(Int32(3), 4)
        var header = CompactStruct()
        header.add(Int32(0), 1)  // DATA_PAGE
        header.add(Int32(page.count), 2)
        header.add(Int32(page.count), 3)
        header.add(data, 5)
        let bytes = header.ended + page

        var metadata = CompactStruct()
        metadata.add(kind.physical, 1)
        metadata.add([0, 3], 2)
        metadata.add([name], 3)
        metadata.add(Int32(0), 4)
        metadata.add(Int64(rows), 5)
        metadata.add(Int64(bytes.count), 6)
        metadata.add(Int64(bytes.count), 7)
        metadata.add(Int64(offset), 9)
        var chunk = CompactStruct()
        chunk.add(Int64(offset), 2)
        chunk.add(metadata, 3)
        return (bytes, chunk)
    }
}
