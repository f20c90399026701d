#!/usr/bin/env bash
# The same upload as people write it by hand: curl, openssl and sed.
set -euo pipefail
GRAPH=https://graph.microsoft.com
KEYSET=$GRAPH/beta/trustFramework/keySets/B2C_1A_$KEYSET_ID
member() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"; }

assertion=$(curl -sSf -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=api://AzureADTokenExchange" | member value)
token=$(curl -sSf "https://login.microsoftonline.com/$TENANT_ID/oauth2/v2.0/token" -d grant_type=client_credentials -d "client_id=$CLIENT_ID" \
  -d "scope=$GRAPH/.default" -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer -d "client_assertion=$assertion" | member access_token)
curl -sSf -H "Authorization: Bearer $token" "$KEYSET" >/dev/null
der=$(openssl x509 -outform DER <<<"$CERTIFICATE" | openssl base64 -A)
curl -sSf -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -d "{\"key\":\"$der\"}" "$KEYSET/uploadCertificate" | member kid
curl -sSf -H "Authorization: Bearer $token" "$KEYSET/getActiveKey" | member kid
