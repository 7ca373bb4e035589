//! Addresses and ranges of them: `ip('10.0.0.1')`, `cidr('10.0.0.0/8')`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Function, global, method};
use crate::cel::arguments::Call;
use crate::cel::fault::Failure;
use crate::cel::value::{Other, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    global("ip", 1..=1, ip),
    global("isIP", 1..=1, |call| Ok(Value::Bool(address(call.text(0)?).is_some()))),
    global("ip.isCanonical", 1..=1, is_canonical),
    method("family", 1..=1, |call| Ok(Value::Int(if the_ip(call)?.is_ipv4() { 4 } else { 6 }))),
    method("isUnspecified", 1..=1, |call| Ok(Value::Bool(the_ip(call)?.is_unspecified()))),
    method("isLoopback", 1..=1, |call| Ok(Value::Bool(the_ip(call)?.is_loopback()))),
    method("isLinkLocalMulticast", 1..=1, |call| Ok(Value::Bool(is_local_multicast(the_ip(call)?)))),
    method("isLinkLocalUnicast", 1..=1, |call| Ok(Value::Bool(is_local_unicast(the_ip(call)?)))),
    method("isGlobalUnicast", 1..=1, |call| Ok(Value::Bool(is_global(the_ip(call)?)))),
    global("cidr", 1..=1, cidr),
    global("isCIDR", 1..=1, |call| Ok(Value::Bool(range(call.text(0)?).is_some()))),
    method("containsIP", 2..=2, contains_ip),
    method("containsCIDR", 2..=2, contains_cidr),
    method("ip", 1..=1, |call| Ok(Value::other(Other::Ip(the_range(call)?.0)))),
    method("masked", 1..=1, masked_range),
    method("prefixLength", 1..=1, |call| Ok(Value::Int(the_range(call)?.1.into()))),
];

/// An address; an IPv4 address that is written as IPv6 is none for Kubernetes.
fn address(text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.parse().ok()?;
    let is_mapped = matches!(address, IpAddr::V6(address) if address.to_ipv4_mapped().is_some());
    (!is_mapped).then_some(address)
}

fn range(text: &str) -> Option<(IpAddr, u8)> {
    let (at, bits) = text.split_once('/')?;
    let at = address(at)?;
    let is_plain = bits.bytes().all(|byte| byte.is_ascii_digit()) && (bits == "0" || !bits.starts_with('0'));
    let bits: u8 = bits.parse().ok().filter(|_| is_plain)?;
    (bits <= width(at)).then_some((at, bits))
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The address with only its first bits.
fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
        }
    }
}

fn is_local_multicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.octets()[..3] == [224, 0, 0],
        IpAddr::V6(address) => address.segments()[0] & 0xff0f == 0xff02,
    }
}

fn is_local_unicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.segments()[0] & 0xffc0 == 0xfe80,
    }
}

/// What Go's `netip.Addr.IsGlobalUnicast` takes for global: private addresses too.
fn is_global(address: IpAddr) -> bool {
    let is_broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    !(is_broadcast
        || address.is_unspecified()
        || address.is_loopback()
        || address.is_multicast()
        || is_local_unicast(address))
}

fn ip(call: &mut Call<'_>) -> Result<Value, Failure> {
    let address = address(call.text(0)?).ok_or("this string is no IP address")?;
    Ok(Value::other(Other::Ip(address)))
}

fn is_canonical(call: &mut Call<'_>) -> Result<Value, Failure> {
    let text = call.text(0)?;
    let address = address(text).ok_or("this string is no IP address")?;
    Ok(Value::Bool(address.to_string() == text))
}

fn the_ip(call: &Call<'_>) -> Result<IpAddr, Failure> {
    match call.other(0)? {
        Other::Ip(address) => Ok(*address),
        _ => Err(Failure::NoOverload),
    }
}

fn cidr(call: &mut Call<'_>) -> Result<Value, Failure> {
    let (address, bits) = range(call.text(0)?).ok_or("this string is no CIDR")?;
    Ok(Value::other(Other::Cidr(address, bits)))
}

fn the_range(call: &Call<'_>) -> Result<(IpAddr, u8), Failure> {
    match call.other(0)? {
        Other::Cidr(address, bits) => Ok((*address, *bits)),
        _ => Err(Failure::NoOverload),
    }
}

fn contains(range: (IpAddr, u8), address: IpAddr) -> bool {
    range.0.is_ipv4() == address.is_ipv4() && masked(range.0, range.1) == masked(address, range.1)
}

fn contains_ip(call: &mut Call<'_>) -> Result<Value, Failure> {
    let inner = match call.value(1)? {
        Value::Text(text) => address(text).ok_or("this string is no IP address")?,
        Value::Other(other) => match &**other {
            Other::Ip(address) => *address,
            _ => return Err(Failure::NoOverload),
        },
        _ => return Err(Failure::NoOverload),
    };
    Ok(Value::Bool(contains(the_range(call)?, inner)))
}

fn contains_cidr(call: &mut Call<'_>) -> Result<Value, Failure> {
    let (inner, bits) = match call.value(1)? {
        Value::Text(text) => range(text).ok_or("this string is no CIDR")?,
        Value::Other(other) => match &**other {
            Other::Cidr(address, bits) => (*address, *bits),
            _ => return Err(Failure::NoOverload),
        },
        _ => return Err(Failure::NoOverload),
    };
    let outer = the_range(call)?;
    Ok(Value::Bool(contains(outer, inner) && outer.1 <= bits))
}

fn masked_range(call: &mut Call<'_>) -> Result<Value, Failure> {
    let (address, bits) = the_range(call)?;
    Ok(Value::other(Other::Cidr(masked(address, bits), bits)))
}
