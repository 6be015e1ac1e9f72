// People and their sessions behind the site's back: who is invited, the codes that an authenticator shows, and time that
// goes by.
import { createHash, createHmac, randomUUID } from "node:crypto";

import { cloud } from "./cloud.js";

/** Calls the user pool, as an administrator does. The emulator checks no signature. */
async function pool(action, parameters) {
  return call("cognito-idp", `AWSCognitoIdentityProviderService.${action}`, { UserPoolId: cloud.user_pool, ...parameters });
}

async function call(service, target, parameters) {
  const scope = `${cloud.environment.AWS_ACCESS_KEY_ID}/20260101/${cloud.environment.AWS_REGION}/${service}/aws4_request`;
  const answer = await fetch(cloud.ministack, {
    method: "POST",
    headers: {
      "authorization": `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": target,
    },
    body: JSON.stringify(parameters),
  });
  if (!answer.ok) throw new Error(`${target}: ${await answer.text()}`);
  return answer.json();
}

/** Has everyone sign in with a code, or only those who have an authenticator. */
export async function askForCodes(everyone) {
  await pool("SetUserPoolMfaConfig", {
    MfaConfiguration: everyone ? "ON" : "OPTIONAL",
    SoftwareTokenMfaConfiguration: { Enabled: true },
  });
}

/** Invites an editor of whom no other test knows. */
export async function invite() {
  const person = { name: `totp-${randomUUID().slice(0, 8)}`, password: `Rollcall-${randomUUID()}` };
  await pool("AdminCreateUser", { Username: person.name, MessageAction: "SUPPRESS" });
  await pool("AdminSetUserPassword", { Username: person.name, Password: person.password, Permanent: true });
  await pool("AdminAddUserToGroup", { Username: person.name, GroupName: "Editors" });
  return person;
}

/** Takes somebody out of the pool again. */
export async function remove(person) {
  await pool("AdminDeleteUser", { Username: person.name });
}

/** By what the table knows a session. */
function item(session) {
  const known = createHash("sha256").update(Buffer.from(session, "base64url")).digest("base64url");
  const Key = { pk: { S: `session/${known}` }, sk: { S: "session" } };
  return { TableName: cloud.outputs.storage.SessionsTableName, Key };
}

/** Has the issuer be asked again for a session before anything more is done in it. */
export async function outdate(session) {
  await setTime(session, "vouched_at", 2);
}

/** Lets whose session this is have signed in an hour ago. */
export async function age(session) {
  await setTime(session, "signed_in_at", 60);
}

async function setTime(session, name, minutes) {
  await call("dynamodb", "DynamoDB_20120810.UpdateItem", {
    ...item(session),
    UpdateExpression: `SET ${name} = :then`,
    ConditionExpression: "attribute_exists(pk)",
    ExpressionAttributeValues: { ":then": { S: new Date(Date.now() - minutes * 60_000).toISOString() } },
  });
}

/** The id of the session that a page's browser has. */
export async function sessionOf(page) {
  return (await page.context().cookies()).find(({ name }) => name === "rollcall").value;
}

/** When the issuer last vouched for whose session this is. */
export async function vouchedAt(session) {
  const { Item } = await call("dynamodb", "DynamoDB_20120810.GetItem", { ...item(session), ConsistentRead: true });
  return Date.parse(Item.vouched_at.S);
}

/** What an authenticator with this secret shows now (RFC 6238). */
export function code(secret) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac("sha1", base32(secret)).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 0xf) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** A code that no authenticator with this secret shows for a while. */
export function wrongCode(secret) {
  return String((Number(code(secret)) + 1) % 1_000_000).padStart(6, "0");
}

function base32(text) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...text].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}
