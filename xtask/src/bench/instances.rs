//! Answers of `ec2 DescribeInstances` with as many instances as wanted, some 3.7 KB each, as EC2 writes them.

use std::fmt::Write as _;

/// What every instance has besides its own numbers: written once, put together for each.
const SETTINGS: &str = "\
<monitoring><state>disabled</state></monitoring><architecture>x86_64</architecture><rootDeviceType>ebs</rootDeviceType>\
<rootDeviceName>/dev/xvda</rootDeviceName><virtualizationType>hvm</virtualizationType><hypervisor>xen</hypervisor>\
<ebsOptimized>true</ebsOptimized><enaSupport>true</enaSupport>\
<cpuOptions><coreCount>2</coreCount><threadsPerCore>2</threadsPerCore></cpuOptions>\
<capacityReservationSpecification><capacityReservationPreference>open</capacityReservationPreference>\
</capacityReservationSpecification>\
<metadataOptions><state>applied</state><httpTokens>required</httpTokens>\
<httpPutResponseHopLimit>2</httpPutResponseHopLimit><httpEndpoint>enabled</httpEndpoint>\
<httpProtocolIpv6>disabled</httpProtocolIpv6><instanceMetadataTags>disabled</instanceMetadataTags></metadataOptions>\
<enclaveOptions><enabled>false</enabled></enclaveOptions><bootMode>uefi-preferred</bootMode>\
<platformDetails>Linux/UNIX</platformDetails>\
<usageOperation>RunInstances</usageOperation>\
<maintenanceOptions><autoRecovery>default</autoRecovery></maintenanceOptions>";

/// The most instances of one page: some 37 MB.
const PAGE: usize = 10_000;

/// The answer's pages, each but the last with the token of the next.
pub(super) fn pages(count: usize) -> Vec<String> {
    (0..count).step_by(PAGE).map(|first| page(first, count)).collect()
}

/// The token that asks for the page which begins with that instance.
fn token(first: usize) -> String {
    format!("from-{first}-on")
}

/// The page of which a request's body asks.
pub(super) fn asked<'a>(pages: &'a [String], request: &str) -> Option<&'a str> {
    let at = (1..pages.len()).find(|at| request.contains(&token(at * PAGE)));
    pages.get(at.unwrap_or(0)).map(String::as_str)
}

fn page(first: usize, count: usize) -> String {
    let end = count.min(first + PAGE);
    let mut xml = String::with_capacity((end - first) * 3800 + 1024);
    xml.push_str(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeInstancesResponse \
         xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
         <requestId>01234567-89ab-cdef-0123-456789abcdef</requestId><reservationSet>",
    );
    for number in first..end {
        push_instance(&mut xml, number);
    }
    xml.push_str("</reservationSet>");
    if end < count {
        xml.push_str(&format!("<nextToken>{}</nextToken>", token(end)));
    }
    xml.push_str("</DescribeInstancesResponse>");
    xml
}

fn push_instance(xml: &mut String, number: usize) {
    let id = format!("{:017x}", 0x0a1b_2c3d_0000_0000_u64 + number as u64);
    let (third, fourth) = (number / 250 % 250, number % 250 + 1);
    let (minute, second) = (number / 60 % 60, number % 60);
    let time = format!("2026-03-14T09:{minute:02}:{second:02}.000Z");
    // Writing to a string does not fail.
    let _ = write!(
        xml,
        "<item><reservationId>r-{id}</reservationId><ownerId>123456789012</ownerId><groupSet/><instancesSet><item>\
         <instanceId>i-{id}</instanceId><imageId>ami-0c94855ba95c71c99</imageId>\
         <instanceState><code>16</code><name>running</name></instanceState>\
         <privateDnsName>ip-10-0-{third}-{fourth}.eu-central-1.compute.internal</privateDnsName>\
         <dnsName>ec2-3-120-{third}-{fourth}.eu-central-1.compute.amazonaws.com</dnsName><reason/>\
         <keyName>operations</keyName><amiLaunchIndex>0</amiLaunchIndex><productCodes/>\
         <instanceType>m5.xlarge</instanceType><launchTime>{time}</launchTime>\
         <placement><availabilityZone>eu-central-1a</availabilityZone><groupName/><tenancy>default</tenancy></placement>\
         <subnetId>subnet-0f1e2d3c4b5a69788</subnetId><vpcId>vpc-0123456789abcdef0</vpcId>\
         <privateIpAddress>10.0.{third}.{fourth}</privateIpAddress><ipAddress>3.120.{third}.{fourth}</ipAddress>\
         <sourceDestCheck>true</sourceDestCheck><clientToken>8a6f{id}</clientToken>\
         <groupSet><item><groupId>sg-0fedcba9876543210</groupId><groupName>web-servers</groupName></item></groupSet>\
         <blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-{id}</volumeId>\
         <status>attached</status><attachTime>{time}</attachTime>\
         <deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping>\
         <tagSet><item><key>Name</key><value>web-{number}</value></item><item><key>Environment</key>\
         <value>production</value></item><item><key>Team</key><value>R&amp;D platform</value></item></tagSet>\
         {SETTINGS}<networkInterfaceSet><item><networkInterfaceId>eni-{id}</networkInterfaceId>\
         <subnetId>subnet-0f1e2d3c4b5a69788</subnetId><vpcId>vpc-0123456789abcdef0</vpcId><description/>\
         <ownerId>123456789012</ownerId><status>in-use</status><macAddress>02:42:0a:00:{third:02x}:{fourth:02x}\
         </macAddress><privateIpAddress>10.0.{third}.{fourth}</privateIpAddress>\
         <privateDnsName>ip-10-0-{third}-{fourth}.eu-central-1.compute.internal</privateDnsName>\
         <sourceDestCheck>true</sourceDestCheck><groupSet><item><groupId>sg-0fedcba9876543210</groupId>\
         <groupName>web-servers</groupName></item></groupSet><attachment><attachmentId>eni-attach-{id}</attachmentId>\
         <deviceIndex>0</deviceIndex><status>attached</status><attachTime>{time}</attachTime>\
         <deleteOnTermination>true</deleteOnTermination><networkCardIndex>0</networkCardIndex></attachment>\
         <privateIpAddressesSet><item><privateIpAddress>10.0.{third}.{fourth}</privateIpAddress><primary>true</primary>\
         <association><publicIp>3.120.{third}.{fourth}</publicIp>\
         <ipOwnerId>amazon</ipOwnerId></association></item></privateIpAddressesSet><ipv6AddressesSet/>\
         <interfaceType>interface</interfaceType></item></networkInterfaceSet></item></instancesSet></item>"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_names_the_next() {
        let pages = pages(2 * PAGE + 1);
        let sizes: Vec<usize> = pages.iter().map(|page| page.matches("<instanceId>").count()).collect();
        assert_eq!(sizes, [PAGE, PAGE, 1]);
        for (at, page) in pages.iter().enumerate().take(2) {
            assert!(page.contains(&token((at + 1) * PAGE)), "page {at}");
            let next = asked(&pages, &format!("NextToken={}", token((at + 1) * PAGE)));
            assert_eq!(next, Some(pages[at + 1].as_str()), "page {at}");
        }
        assert!(!pages[2].contains("nextToken"));
        assert_eq!(asked(&pages, "Action=DescribeInstances"), Some(pages[0].as_str()));
    }
}
