//! What people are called, the most frequent names first: real ones, and behind them many rare ones that are made up.

use std::sync::LazyLock;

use crate::draw::Draw;

const FIRST_NAMES: usize = 8_000;
const LAST_NAMES: usize = 60_000;

/// A first name, drawn as unevenly as names are.
pub(crate) fn first_name(draw: &mut Draw) -> String {
    name(&FIRST, draw.uneven(FIRST_NAMES))
}

/// A last name, likewise.
pub(crate) fn last_name(draw: &mut Draw) -> String {
    name(&LAST, draw.uneven(LAST_NAMES))
}

fn name(real: &[&str], number: usize) -> String {
    real.get(number).map_or_else(|| word(number), |name| (*name).to_owned())
}

/// The word of a number: syllables, and now and then another script.
pub(crate) fn word(number: usize) -> String {
    const SYLLABLES: [&str; 20] = [
        "an", "be", "chi", "do", "el", "fa", "gri", "ho", "is", "jo", "ka", "lu", "ma", "no", "or", "pe",
        "ri", "sø", "té", "wu",
    ];
    const KANA: [&str; 12] = ["カ", "モ", "メ", "サ", "ト", "ユ", "リ", "ハ", "ナ", "ケ", "ン", "ジ"];
    const KANJI: [char; 12] = ['山', '田', '佐', '藤', '鈴', '木', '高', '橋', '中', '村', '小', '林'];
    if number % 23 == 22 {
        return syllables(number / 23, &KANA);
    }
    if number % 17 == 16 {
        return [number / 17, number / 204].map(|at| KANJI[at % KANJI.len()]).iter().collect();
    }
    capitalised(&syllables(number, &SYLLABLES))
}

/// The word of a place or a job title: few of them are names of people as well.
pub(crate) fn other_word(number: usize) -> String {
    const SYLLABLES: [&str; 20] = [
        "ax", "bru", "cot", "dale", "ex", "fost", "gun", "hag", "im", "jut", "kel", "lym", "mox", "nult",
        "ost", "pyr", "qua", "rox", "stra", "tyn",
    ];
    capitalised(&syllables(number, &SYLLABLES))
}

fn capitalised(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

fn syllables<const N: usize>(number: usize, of: &[&str; N]) -> String {
    let mut rest = number + N;
    let mut word = String::new();
    while rest > 0 {
        word.push_str(of[rest % N]);
        rest /= N;
    }
    word
}

static FIRST: LazyLock<Vec<&str>> = LazyLock::new(|| FIRST_REAL.split_whitespace().collect());
static LAST: LazyLock<Vec<&str>> = LazyLock::new(|| LAST_REAL.split_whitespace().collect());

const FIRST_REAL: &str = "
    James Mary Robert Patricia Wei Jennifer Michael Linda Fatima Elizabeth Mohammed Barbara Richard Susan
    Joseph Jessica Thomas Karen Aisha Charlotte Daniel Margaret Matthew Sandra Anthony Ashley Kenji
    Kimberly Paul Emily Andrew Michelle Kenneth Amanda Joshua Dorothy Oluwaseun Melissa Brian Deborah
    Édouard Stephanie Timothy Rebecca Ronald Laura Jason Sharon Søren Cynthia Ryan Kathleen Jacob Helen
    Gary Shirley Nicholas Angela Eric Katherine Jürgen Christine Stephen Emma Larry Ruth Justin Brenda
    Scott Pamela Brandon Nicole Benjamin Samantha Samuel Catherine Gregory Virginia Zoë Rachel Patrick
    Carolyn Alexander Janet Tyler Maria Dennis Heather Jerry Diane Aaron Julie Nathan Olivia 花子 Joyce 太郎
    Victoria サクラ Ruth ユウキ Lauren ハルト Kelly Dmitri Christina Ingrid Joan Priya Evelyn Sven Judith Noor
    Andrea Chloé Hannah Ngozi Megan
";

const LAST_REAL: &str = "
    Smith Johnson Williams Brown Jones García Miller Davis Rodríguez Martínez Hernández López González
    Wilson Anderson Thomas Taylor Moore Jackson Martin Müller Thompson White Nguyễn Harris Sánchez Clark
    Ramírez Lewis Robinson Walker Young Allen King Wright Scott Torres Hill Flores Green Adams Nelson
    Baker Hall Rivera Campbell Mitchell Carter Roberts Gómez Phillips Evans Turner Díaz Parker Cruz
    Edwards Collins Reyes Stewart Morris Morales Murphy Cook Rogers Gutiérrez Ortiz Morgan Cooper
    Peterson Bailey Reed Kelly Howard Ramos Svensson Cox Ward Richardson Watson Brooks Chávez Wood James
    Bennett Gray Mendoza Ruiz Hughes Price Álvarez Castillo Sanders Patel Myers Long Ross Foster Jiménez
    Powell Jenkins Perry Russell Sullivan Bell Coleman Butler Henderson Barnes Fisher Vásquez Simmons
    Romero Jordan Patterson Alexander Hamilton Graham Reynolds Griffin Wallace Moreno West Cole Hayes
    Bryant Herrera Gibson Ellis Tran Medina Aguilar Stevens Murray Ford Castro Marshall Owens Harrison
    Fernández McDonald Woods Washington Kennedy Wells Vargas Henry Chen Freeman Webb Tucker Guzmán Burns
    Crawford Olson Simpson Porter Hunter Gordon Méndez Silva Shaw Snyder Mason Dixon Muñoz Hunt Hicks
    Holmes Palmer Wagner Black Robertson Boyd Rose Stone Salazar Fox Warren Mills Meyer Rice Schmidt
    Garza Daniels Ferguson Nichols Stephens Soto Weaver Ryan Gardner Payne Grant Dunn Kelley Spencer
    Hawkins Arnold Pierce Hansen Peters Santos Hart Bradley Knight Elliott Cunningham Duncan Armstrong
    Hudson Carroll Lane Riley Andrews Alvarado Ray Delgado Berry Perkins Hoffman Johnston Matthews Peña
    Richards Contreras Willis Carpenter Lawrence Sandoval Guerrero George Chapman Rios Estrada Ortega
    Watkins Greene Núñez Wheeler Valdez Harper Burke Larson Santiago Maldonado Morrison Franklin Carlson
    Austin Domínguez Carr Lawson Jacobs O’Brien Lynch Singh Vega Bishop Montgomery Oliver Jensen Harvey
    Williamson Gilbert Dean Sims Espinoza Howell 山田 佐藤 鈴木 田中 カトウ サイトウ Øvergård Papadopoulos Kowalski
    Ivanova Okafor Haddad Lindqvist
";
