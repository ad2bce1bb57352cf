import CMessages
package import FoundationEssentials
import Primitives

/// Run an ingestion job. Payload of `ingest.run`.
package struct IngestRun: MessagePayload {
    package static var kind: MessageKind { .ingestRun }

    /// The job.
    package var jobID: UUID
    /// The documentation that it ingests.
    package var documentationID: UUID
    /// What a newer sender added.
    package let unknownFields: UnknownFields

    /// A payload with these values.
    package init(jobID: UUID, documentationID: UUID) {
        self.jobID = jobID
        self.documentationID = documentationID
        unknownFields = .none
    }

    package init(bytes: [UInt8]) throws(MessageError) {
        self = try unsafe WireReader.read(
            bytes, as: "IngestRun", limit: Envelope.sizeLimit, unpack: portolan__ingest_run__unpack,
            free: portolan__ingest_run__free_unpacked
        ) { (reader: WireReader, message: Portolan__IngestRun) throws(MessageError) -> IngestRun in try unsafe IngestRun(message, reader) }
    }

    private init(_ message: Portolan__IngestRun, _ reader: WireReader) throws(MessageError) {
        jobID = try unsafe reader.identifier(message.job_id, number: 1, "job_id")
        documentationID = try unsafe reader.identifier(message.documentation_id, number: 2, "documentation_id")
        unknownFields = unsafe reader.unknownFields(message.base)
    }

    package func serialized() throws(MessageError) -> [UInt8] {
        var writer = WireWriter()
        let jobID = try writer.add(jobID.uuidString.lowercased(), "job_id", limit: 36)
        let documentationID = try writer.add(documentationID.uuidString.lowercased(), "documentation_id", limit: 36)
        var blank = unsafe Portolan__IngestRun()
        unsafe portolan__ingest_run__init(&blank)
        return try unsafe writer.pack(
            blank, size: portolan__ingest_run__get_packed_size, pack: portolan__ingest_run__pack, unknown: unknownFields, as: "IngestRun",
            limit: Envelope.sizeLimit
        ) { message, block in
            unsafe message.job_id = block.text(jobID)
            unsafe message.documentation_id = block.text(documentationID)
        }
    }
}
