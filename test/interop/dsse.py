"""Verifies a DSSE envelope and reads the in-toto Statement in it: dsse.py KEY.json ENVELOPE.json"""

import base64
import json
import sys

import in_toto_attestation.v1.statement_pb2 as statement_pb2
from google.protobuf import json_format
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

with open(sys.argv[1], encoding="utf8") as file:
    jwk = json.load(file)
with open(sys.argv[2], encoding="utf8") as file:
    envelope = Envelope.from_dict(json.load(file))

public = base64.urlsafe_b64decode(jwk["x"] + "=").hex()
key = SSlibKey(jwk["kid"], "ed25519", "ed25519", {"public": public})
try:
    envelope.verify([key], 1)
    read = json_format.Parse(envelope.payload, statement_pb2.Statement())
    statement = Statement.copy_from_pb(read)
    statement.validate()
    subjects = {subject.name: dict(subject.digest) for subject in statement.pb.subject}
    answer = {"predicateType": statement.pb.predicate_type, "subjects": subjects}
except (VerificationError, ValueError) as error:
    answer = type(error).__name__
print(json.dumps(answer))
