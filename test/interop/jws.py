"""Verifies a compact JWS with two libraries that are not custody: jws.py KEY.json TOKEN.jws"""

import json
import sys

import jwt
from joserfc import errors, jws
from joserfc.jwk import OKPKey

with open(sys.argv[1], encoding="utf8") as file:
    jwk = {name: value for name, value in json.load(file).items() if name in ("kty", "crv", "x")}
with open(sys.argv[2], encoding="utf8") as file:
    token = file.read().strip()

answers = {}
try:
    opened = jws.deserialize_compact(token, OKPKey.import_key(jwk), algorithms=["EdDSA"])
    answers["joserfc"] = json.loads(opened.payload)
except (errors.JoseError, ValueError) as error:
    answers["joserfc"] = type(error).__name__
try:
    opened = jwt.api_jws.PyJWS().decode(token, jwt.PyJWK(jwk).key, algorithms=["EdDSA"])
    answers["PyJWT"] = json.loads(opened)
except (jwt.PyJWTError, ValueError) as error:
    answers["PyJWT"] = type(error).__name__
print(json.dumps(answers))
