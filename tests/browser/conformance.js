// An account that has everything the page of conformance can show.
const fact = (area, id, name, outcome, expected, found = expected, mend = "") => ({ id, area, name, outcome, expected, found, mend });

const subnet = (third, isPublic, hosts = []) => ({
  id: `subnet-0${third}abcdef12345678f`,
  cidr: `10.1.${third}.0/24`,
  is_public: isPublic,
  hosts,
});

/** The answer of the API. */
export const CONFORMANCE = {
  checked_at: "2026-11-24T06:00:00Z",
  facts: [
    fact("network", "vpc", "VPC", "conforms", "10.1.0.0/16"),
    fact("network", "routes-10.1.1.0/24", "Routes of 10.1.1.0/24", "conforms", "0.0.0.0/0 to the internet gateway, that is to the internet"),
    fact("firewall", "security-group", "Inbound rules of the security group", "differs", "tcp 80 from 0.0.0.0/0", "tcp 80 from 0.0.0.0/0, tcp 22 from 0.0.0.0/0", "Remove the rule by hand."),
    fact("host", "running-host", "The running host", "conforms", "as the newest revision has it"),
    fact("storage", "bucket-policy", "Access to the bucket", "unknown", "closed to the public", "could not be found out: access denied", "Look again in a moment."),
  ],
  topology: {
    vpc: {
      id: "vpc-0abcdef123456789a",
      cidr: "10.1.0.0/16",
      internet_gateway: "igw-0abcdef123456789a",
      endpoints: ["dynamodb", "s3"],
      zones: [
        { name: "us-east-1a", subnets: [subnet(1, true, ["i-0abc1234567890def"]), subnet(2, false)] },
        { name: "us-east-1b", subnets: [subnet(3, true), subnet(4, false)] },
      ],
    },
  },
};

/** Has the API answer with this from now on. */
export async function answerConformance(page, json = CONFORMANCE) {
  await page.route("**/api/operations/conformance", (route) => route.fulfill({ json }));
}
