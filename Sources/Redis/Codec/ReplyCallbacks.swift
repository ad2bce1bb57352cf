import CHiredis

/// The functions that the C reader calls for each value. They return the builder's address as a token that is only compared with nil: nil makes
/// the reader stop with an error.
enum ReplyCallbacks {
    // Written once, read by every reader, never freed: readers keep the pointer.
    nonisolated(unsafe) static let table: UnsafeMutablePointer<redisReplyObjectFunctions> = {
        let table = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
        unsafe table.initialize(
            to: redisReplyObjectFunctions(
                createString: { task, bytes, count in
                    unsafe ReplyCallbacks.add(task) { builder in
                        let raw = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
                        let value: RedisValue =
                            switch unsafe task?.pointee.type {
                            case REDIS_REPLY_STATUS: .status(unsafe String(decoding: raw, as: UTF8.self))
                            case REDIS_REPLY_ERROR: .error(unsafe String(decoding: raw, as: UTF8.self))
                            default: .bulk(unsafe [UInt8](raw))
                            }
                        return builder.add(value, size: count)
                    }
                },
                createArray: { task, count in unsafe ReplyCallbacks.add(task) { $0.openArray(count: Int(count)) } },
                createInteger: { task, value in unsafe ReplyCallbacks.add(task) { $0.add(.integer(Int64(value))) } },
                createNil: { task in unsafe ReplyCallbacks.add(task) { $0.add(.null) } },
                freeObject: { _ in }))
        return unsafe table
    }()

    private static func add(
        _ task: UnsafePointer<redisReadTask>?, _ body: (ReplyBuilder) -> Bool
    ) -> UnsafeMutableRawPointer? {
        guard let token = unsafe task?.pointee.privdata else { return nil }
        let builder = unsafe Unmanaged<ReplyBuilder>.fromOpaque(token).takeUnretainedValue()
        return body(builder) ? unsafe token : nil
    }
}
